#include <jujubackup/io.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <jujubackup/error.hpp>

#include "io/fd.hpp"
#include "io/source.hpp"
#include "io/temp_file.hpp"

namespace jujubackup {
namespace {

// Regular files are read with pread from a position of our own, so that several Sources (and a writer) can share a descriptor.
class DescriptorSource final : public Source {
 public:
  DescriptorSource(Fd owned, int fd, std::string name) : owned_(std::move(owned)), fd_(fd), name_(std::move(name)) {
    struct stat status = {};
    if (::fstat(fd_, &status) != 0) throw Error::from_errno(errno, "reading " + name_);
    if (S_ISDIR(status.st_mode)) throw Error(ErrorCode::invalid_argument, name_ + ": is a directory");
    regular_ = S_ISREG(status.st_mode);
  }

  std::size_t read(std::span<std::byte> into) override {
    const std::size_t got = regular_ ? read_at(position_, into) : read_stream(into);
    position_ += got;
    return got;
  }

  void rewind() override {
    if (!regular_ && position_ > 0) throw Error(ErrorCode::unsupported, name_ + ": cannot be read a second time");
    position_ = 0;
  }

  std::optional<std::uint64_t> size() const override {
    if (!regular_) return std::nullopt;
    struct stat status = {};
    if (::fstat(fd_, &status) != 0) throw Error::from_errno(errno, "reading " + name_);
    return static_cast<std::uint64_t>(status.st_size);
  }

  bool random_access() const noexcept override { return regular_; }

  std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    if (!regular_) return Source::read_at(offset, into);
    if (offset > INT64_MAX) return 0;
    for (;;) {
      const ssize_t got = ::pread(fd_, into.data(), into.size(), static_cast<off_t>(offset));
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) throw Error::from_errno(errno, "reading " + name_);
    }
  }

  std::string name() const override { return name_; }

 private:
  std::size_t read_stream(std::span<std::byte> into) const {
    for (;;) {
      const ssize_t got = ::read(fd_, into.data(), into.size());
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno == EAGAIN) {
        pollfd waiting{fd_, POLLIN, 0};
        ::poll(&waiting, 1, -1);
        continue;
      }
      if (errno != EINTR) throw Error::from_errno(errno, "reading " + name_);
    }
  }

  Fd owned_;
  int fd_;
  std::string name_;
  bool regular_ = false;
  std::uint64_t position_ = 0;
};

class MemorySource final : public Source {
 public:
  MemorySource(std::span<const std::byte> bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}

  std::size_t read(std::span<std::byte> into) override {
    const std::size_t got = read_at(position_, into);
    position_ += got;
    return got;
  }
  void rewind() override { position_ = 0; }
  std::optional<std::uint64_t> size() const override { return bytes_.size(); }
  bool random_access() const noexcept override { return true; }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    if (offset >= bytes_.size()) return 0;
    const std::size_t got = std::min(into.size(), bytes_.size() - static_cast<std::size_t>(offset));
    if (got > 0) std::memcpy(into.data(), bytes_.data() + offset, got);
    return got;
  }
  std::string name() const override { return name_; }

 private:
  std::span<const std::byte> bytes_;
  std::string name_;
  std::size_t position_ = 0;
};

void check_readable_kind(const struct stat& status, const std::string& path) {
  if (S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode)) return;
  throw Error(ErrorCode::invalid_argument, path + (S_ISDIR(status.st_mode) ? ": is a directory" : ": is not a regular file"));
}

}  // namespace

std::size_t Source::read_at(std::uint64_t /*offset*/, std::span<std::byte> /*into*/) const {
  throw Error(ErrorCode::unsupported, name() + ": can only be read from start to end");
}

std::unique_ptr<Source> open_file(const std::string& path) {
  const std::string doing = "opening " + path;
  // Looked at before it is opened as well: opening a device can do things by itself.
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) throw Error::from_errno(errno, doing);
  check_readable_kind(status, path);
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd) throw Error::from_errno(errno, doing);
  if (::fstat(fd.get(), &status) != 0) throw Error::from_errno(errno, doing);
  check_readable_kind(status, path);
  if (S_ISREG(status.st_mode)) ::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  return source_that_owns(std::move(fd), path);
}

std::unique_ptr<Source> source_that_owns(Fd fd, std::string name) {
  const int number = fd.get();
  return std::make_unique<DescriptorSource>(std::move(fd), number, std::move(name));
}

std::unique_ptr<Source> source_of_descriptor(int fd, std::string name) {
  return std::make_unique<DescriptorSource>(Fd(), fd, std::move(name));
}

std::unique_ptr<Source> source_of_memory(std::span<const std::byte> bytes, std::string name) {
  return std::make_unique<MemorySource>(bytes, std::move(name));
}

void MemorySink::write(std::span<const std::byte> bytes) {
  if (bytes.size() > limit_bytes_ - bytes_.size()) throw Error(ErrorCode::limit, "more than " + std::to_string(limit_bytes_) + " bytes");
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

std::string MemorySink::text() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

void DescriptorSink::write(std::span<const std::byte> bytes) { write_all(fd_, bytes, name_); }

}  // namespace jujubackup
