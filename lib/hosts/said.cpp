#include "hosts/said.hpp"

#include <vector>

#include "base/text.hpp"

namespace jujubackup::hosts {
namespace {

constexpr std::size_t max_said_bytes = 400;

std::string_view trimmed(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  line.remove_prefix(begin);
  return line.substr(0, line.find_last_not_of(" \t\r") + 1);
}

// Lines that say something, the last one first, as long as all of them together are not too long.
std::vector<std::string_view> last_lines(std::string_view output, std::size_t max_bytes) {
  std::vector<std::string_view> lines;
  std::size_t bytes = 0;
  while (!output.empty()) {
    const std::size_t newline = output.rfind('\n');
    const std::string_view line = trimmed(newline == std::string_view::npos ? output : output.substr(newline + 1));
    output = newline == std::string_view::npos ? std::string_view() : output.substr(0, newline);
    if (line.empty()) continue;
    bytes += line.size();
    if (bytes > max_bytes && !lines.empty()) break;
    lines.push_back(line.substr(0, max_bytes));
  }
  return lines;
}

std::string without_full_stop(std::string text) {
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

std::string last_line(std::string_view output) {
  const std::vector<std::string_view> lines = last_lines(output, max_said_bytes);
  return lines.empty() ? "" : without_full_stop(printable(lines.front()));
}

std::string said(std::string_view output) {
  const std::vector<std::string_view> lines = last_lines(output, max_said_bytes);
  if (lines.empty()) return "it said nothing";
  std::string text;
  for (std::size_t i = lines.size(); i-- > 0;) {
    if (!text.empty()) text += "; ";
    text += without_full_stop(printable(lines[i]));
  }
  return text;
}

}  // namespace jujubackup::hosts
