#include "archive/block.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include <fmt/format.h>

#include <jujubackup/error.hpp>

#include "archive/gzip_member.hpp"
#include "base/claim_cache.hpp"
#include "base/text.hpp"
#include "crypto/checksum.hpp"
#include "io/fd.hpp"

namespace jujubackup {
namespace {

// Fills `into` from the file; returns what went wrong, "" if nothing. What is missing becomes zeros.
std::string read_range(const PlannedFile& file, std::uint64_t offset, std::span<std::byte> into) {
  if (file.content) {
    const auto content = std::as_bytes(std::span(*file.content));
    std::ranges::copy(content.subspan(static_cast<std::size_t>(offset), into.size()), into.begin());
    return {};
  }
  // A file may have been replaced since it was planned: never follow a link, never wait for a FIFO.
  const Fd fd(::open(file.disk_path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat info {};
  std::size_t done = 0;
  std::string problem;
  if (!fd || ::fstat(fd.get(), &info) != 0) {
    problem = fmt::format("could not be read: {}", std::strerror(errno));
  } else if (!S_ISREG(info.st_mode)) {
    problem = "is no longer a file";
  } else {
    while (done < into.size()) {
      const ssize_t got = ::pread(fd.get(), into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) problem = fmt::format("could not be read: {}", std::strerror(errno));
      if (got <= 0) break;
      done += static_cast<std::size_t>(got);
    }
    if (done < into.size() && problem.empty()) problem = "became shorter";
  }
  std::fill(into.begin() + static_cast<std::ptrdiff_t>(done), into.end(), std::byte{0});
  if (!problem.empty()) return problem + "; zero bytes stand in its place";
  const bool last = offset + into.size() == file.size_bytes;
  if (last && static_cast<std::uint64_t>(info.st_size) > file.size_bytes) return "became longer; what was added is not in the backup";
  return {};
}

}  // namespace

void BlockProducer::produce(const Block& block, ProducedBlock& into) {
  into.digests.clear();
  into.warnings.clear();
  into.content.resize(block.size_bytes);
  claim_cache_lines(into.content);
  std::size_t at = 0;
  for (std::size_t i = 0; i < block.segments; ++i) {
    const Segment& segment = plan_.segments[block.first_segment + i];
    const auto part = std::span(into.content).subspan(at, static_cast<std::size_t>(segment.size_bytes));
    at += part.size();
    switch (segment.kind) {
      case Segment::Kind::bytes:
        std::copy_n(plan_.bytes.begin() + static_cast<std::ptrdiff_t>(segment.index), part.size(), part.begin());
        break;
      case Segment::Kind::zeros: std::fill(part.begin(), part.end(), std::byte{0}); break;
      case Segment::Kind::file: {
        const PlannedFile& file = plan_.files[segment.index];
        const std::string problem = read_range(file, segment.file_offset, part);
        if (!problem.empty()) into.warnings.push_back(fmt::format("\"{}\" {}", printable(file.path), problem));
        into.digests.push_back({segment.index, checksum128(part)});
        break;
      }
    }
  }
  compress(into.content, into.member);
}

void BlockProducer::compress(std::span<const std::byte> content, Buffer& member) {
  member.clear();
  gzip::append_member(member, content, compressor_);
  // What is stored was copied; there is nothing in it to go wrong.
  if (!check_ || member.size() > content.size() || holds(member, content)) return;
  throw Error(ErrorCode::internal, "compressed data does not inflate to what it was made from: this machine's memory may be at fault",
              true);
}

bool BlockProducer::holds(std::span<const std::byte> member, std::span<const std::byte> content) {
  inflated_.resize(content.size());
  return inflater_.inflate(gzip::deflate_data(member), inflated_) && std::memcmp(inflated_.data(), content.data(), content.size()) == 0;
}

}  // namespace jujubackup
