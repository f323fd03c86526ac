// A file that is written piece by piece: nobody else may read it (0600), and it appears under its name when it is complete and on stable
// storage. save_file (io.hpp) does the same for what can be read.
#pragma once

#include <cstdint>
#include <string>

#include <jujubackup/io.hpp>

#include "io/temp_file.hpp"

namespace jujubackup::capi {

class OutputFile final : public Sink {
 public:
  enum class Folder { refuse, take };
  // With Folder::take, `path` may be a folder: the file gets its name when it is published. Error(exists) as early as it can be seen.
  OutputFile(const std::string& path, bool replace, Folder folder);

  void write(std::span<const std::byte> bytes) override { file_.write(bytes); }
  std::uint64_t size_bytes() const noexcept { return file_.size_bytes(); }
  // Returns the path. `name_in_folder` counts where the path given is a folder.
  std::string publish(const std::string& name_in_folder = "");

 private:
  struct Place {
    std::string directory;
    std::string name;  // "" if the path is a folder
  };
  static Place look(const std::string& path, bool replace, Folder folder);
  OutputFile(std::string path, Place place, bool replace);

  std::string path_;
  std::string name_;
  bool replace_;
  TempFile file_;
};

}  // namespace jujubackup::capi
