#include "crypto/age/key_text.hpp"

#include <jujubackup/error.hpp>

namespace jujubackup::age {

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view blank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(blank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

Secret read_key_file(const std::string& path) {
  constexpr std::size_t limit_bytes = std::size_t{1} << 20;
  const std::unique_ptr<Source> file = open_file(path);
  Secret text(limit_bytes + 1);
  std::size_t size = 0;
  while (size < text.size()) {
    const std::size_t got = file->read(text.bytes().subspan(size));
    if (got == 0) break;
    size += got;
  }
  if (size > limit_bytes) throw Error(ErrorCode::limit, path + ": more than " + std::to_string(limit_bytes) + " bytes");
  text.shorten(size);
  return text;
}

void for_each_key_line(std::string_view text, const std::function<void(std::string_view line)>& use) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.empty() || line.starts_with('#')) continue;
    try {
      use(line);
    } catch (Error& error) {
      error.add_context("line " + std::to_string(number));
      throw;
    }
  }
}

}  // namespace jujubackup::age
