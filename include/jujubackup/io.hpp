// Where bytes come from and where they go.
//
// A Source or Sink is used by one thread at a time, except Source::read_at, which any number of threads may call together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] jujubackup {

class Source {
 public:
  virtual ~Source() = default;
  // Up to into.size() bytes from the current position; 0 only at the end. Blocks.
  virtual std::size_t read(std::span<std::byte> into) = 0;
  // Back to the first byte. Throws Error(unsupported) where that cannot be done (a pipe).
  virtual void rewind() = 0;
  // The number of bytes in all, where it is known beforehand.
  virtual std::optional<std::uint64_t> size() const = 0;
  // Whether read_at works.
  virtual bool random_access() const noexcept { return false; }
  // Up to into.size() bytes from `offset`, without moving the position; 0 only at or after the end.
  virtual std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const;
  // For messages: a path or URL without secrets.
  virtual std::string name() const = 0;
};

class Sink {
 public:
  virtual ~Sink() = default;
  // All of `bytes`, or an Error.
  virtual void write(std::span<const std::byte> bytes) = 0;
};

// A file, opened for reading. A directory, or a special file other than a pipe, is refused; "-" is not special here.
std::unique_ptr<Source> open_file(const std::string& path);
// A descriptor that the caller keeps open; random access if it is a regular file. `name` is for messages.
std::unique_ptr<Source> source_of_descriptor(int fd, std::string name);
// Bytes that the caller keeps alive.
std::unique_ptr<Source> source_of_memory(std::span<const std::byte> bytes, std::string name);

class MemorySink final : public Sink {
 public:
  // More than `limit_bytes` is Error(limit).
  explicit MemorySink(std::size_t limit_bytes) : limit_bytes_(limit_bytes) {}
  void write(std::span<const std::byte> bytes) override;
  const std::vector<std::byte>& bytes() const noexcept { return bytes_; }
  std::string text() const;

 private:
  std::size_t limit_bytes_;
  std::vector<std::byte> bytes_;
};

// A descriptor that the caller keeps open.
class DescriptorSink final : public Sink {
 public:
  DescriptorSink(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  void write(std::span<const std::byte> bytes) override;

 private:
  int fd_;
  std::string name_;
};

// Writes what `source` holds to `path`: durable and all or nothing. The file is 0600 and appears under its name when it is
// complete. Without `replace` an existing name is Error(exists). Where the source knows its size, Error(no_space) comes before
// anything is read of it. Returns the number of bytes.
class Job;
std::uint64_t save_file(Source& source, const std::string& path, bool replace, Job* job = nullptr);

}  // namespace jujubackup
