// Where the output of MongoDB's tools is kept.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "io/fd.hpp"

namespace jujubackup::database {

// Grows at the end, 0600, line by line as the tool speaks; never with the password.
class ToolLog {
 public:
  // `path` "": nothing is kept.
  ToolLog(const std::string& path, std::string password);
  // Never throws: a log that cannot be written is no reason to leave a restore half done.
  void take(std::string_view text) noexcept;
  // What is left of the last line. Returns why not all could be written; "" if it was.
  std::string finish();

  static constexpr std::uint64_t max_bytes = std::uint64_t{256} << 20;

 private:
  void write_line(std::string line);

  std::string path_, password_;
  Fd file_;
  std::string line_;
  std::uint64_t written_bytes_ = 0;
  std::string problem_;
};

}  // namespace jujubackup::database
