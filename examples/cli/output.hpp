// Where results go that are files: nobody else may read them (0600), they appear when they are complete, and one that exists is only
// replaced with --force. "-" is standard output.
#pragma once

#include <string>

#include <jujubackup/io.hpp>

#include "command.hpp"

namespace cli {

// Written piece by piece; save_file (io.hpp) does the same for what can be read.
class OutputFile final : public jujubackup::Sink {
 public:
  // Beside `path`, under a name of its own, which is removed again if there is no commit.
  explicit OutputFile(const std::string& path);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile() override;

  void write(std::span<const std::byte> bytes) override;
  // Makes the bytes and the name durable. Error(exists) if the name is taken, unless it may be replaced.
  void commit(bool replace);

 private:
  std::string path_;
  std::string directory_;
  std::string temporary_;  // "" when there is none any more
  int fd_ = -1;
};

// "." for a path without one.
std::string directory_of(const std::string& path);

// Error(exists) and other trouble that can be seen before anything was made or fetched.
void check_can_save(const std::string& path, const Arguments& arguments);

void copy(jujubackup::Source& source, jujubackup::Sink& sink, Context& context);
// Of an open source, to standard output.
void copy_to_output(jujubackup::Source& source, Context& context);
void save(jujubackup::Source& source, const std::string& path, Context& context);

}  // namespace cli
