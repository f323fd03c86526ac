// What a controller answers over HTTP: any bytes give an Error whose text is one bounded line, and an error that is found behind an archive
// is one that can be read by itself.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "controller/http_error.hpp"

namespace {

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const int status : {401, 404, 500, 503}) {
    const auto error = jujubackup::http_error({status, "", {{"Content-Type", "text/plain"}}}, text);
    require(!error.message().empty(), "an error without a text");
    require(error.message().size() <= 12000, "a text that is too long");
    require(error.message().find('\n') == std::string::npos, "a text of several lines");
  }
  if (const auto found = jujubackup::find_appended_error(text)) {
    require(found->offset < size, "an offset outside");
    const auto again = jujubackup::parse_error_body(text.substr(found->offset));
    require(again && again->message == found->error.message, "found, but no error");
  }
  return 0;
}
