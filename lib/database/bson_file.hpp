// A collection's file: whole documents, one after the other.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <jujubackup/io.hpp>

#include "io/temp_file.hpp"

namespace jujubackup::database {

// Reads documents one by one, each of them well-formed. A link or a special file is Error(not_found), as a file that is missing.
class BsonReader {
 public:
  explicit BsonReader(const std::string& path);
  // The next document, until the next call; nothing at the end. Error(corrupt) with the file's name and the offset.
  std::optional<std::span<const std::byte>> next();

 private:
  bool fill(std::size_t bytes);

  std::string path_;
  std::unique_ptr<Source> source_;
  std::vector<std::byte> buffer_;
  std::size_t at_ = 0;        // in the buffer, of the next document
  std::uint64_t offset_ = 0;  // in the file, of the same
};

// Writes a file that takes the place of `path` when it is published. Its directory must be there.
class BsonWriter {
 public:
  explicit BsonWriter(const std::string& path);
  void write(std::span<const std::byte> bytes);
  void publish();

 private:
  void flush();

  std::string name_;
  TempFile file_;
  std::vector<std::byte> buffer_;
};

// With its parents, 0700, durable.
void make_durable_directory(const std::string& path);
// Durable; one that is missing is fine.
void remove_durably(const std::string& path);

}  // namespace jujubackup::database
