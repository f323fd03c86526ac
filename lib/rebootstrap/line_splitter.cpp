#include "rebootstrap/line_splitter.hpp"

namespace jujubackup::rebootstrapping {
namespace {

constexpr std::size_t max_line_bytes = 4096;

}  // namespace

void LineSplitter::add(std::string_view text) {
  for (const char c : text) {
    if (c == '\n' || c == '\r') {
      finish();
      continue;
    }
    begun_ += c;
    if (begun_.size() >= max_line_bytes) finish();
  }
}

void LineSplitter::finish() {
  if (begun_.empty()) return;
  const std::string line = std::move(begun_);
  begun_.clear();
  if (on_line_) on_line_(line);
}

}  // namespace jujubackup::rebootstrapping
