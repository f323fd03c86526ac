// A part of the content of a sealed archive, as a stream that can hop.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include <jujubackup/job.hpp>

#include "archive/member_map.hpp"
#include "archive/stream.hpp"

namespace jujubackup {

// It has a buffer of its own, since a reader holds on to what it was handed while another view of the same map moves on.
class MapStream final : public Stream {
 public:
  // From content offset `begin` to `end`, which is cut to where the content ends. `job` sees what is read.
  MapStream(gzip::MemberMap& map, std::uint64_t begin, std::uint64_t end, Job* job = nullptr)
      : map_(map), offset_(begin), end_(std::max(begin, std::min(end, map.content_bytes()))), job_(job) {}

  std::span<const std::byte> next() override {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer_.size(), end_ - offset_));
    if (wanted == 0) return {};
    // Not beyond the member at hand: the next one may be skipped without inflating it.
    const auto piece = map_.piece_at(offset_);
    const std::size_t got = std::min(wanted, piece.size());
    std::copy_n(piece.begin(), got, buffer_.begin());
    offset_ += got;
    job_advance(job_, got);
    return std::span(buffer_).first(got);
  }

  std::uint64_t skip(std::uint64_t bytes) override {
    job_check(job_);
    const std::uint64_t passed = std::min(bytes, end_ - offset_);
    offset_ += passed;
    return passed;
  }

 private:
  gzip::MemberMap& map_;
  std::uint64_t offset_;
  std::uint64_t end_;
  Job* job_;
  std::array<std::byte, std::size_t{64} * 1024> buffer_{};
};

}  // namespace jujubackup
