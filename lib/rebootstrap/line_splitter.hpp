// Output that arrives in pieces, as lines.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace jujubackup::rebootstrapping {

class LineSplitter {
 public:
  explicit LineSplitter(std::function<void(std::string_view)> on_line) : on_line_(std::move(on_line)) {}
  // A line ends with \n, or with \r where a program redraws it. Empty ones are passed over; one of more than 4 KiB is cut in pieces.
  void add(std::string_view text);
  // What has no end.
  void finish();

 private:
  std::function<void(std::string_view)> on_line_;
  std::string begun_;
};

}  // namespace jujubackup::rebootstrapping
