// zlib's streams with an owner. Raw deflate: the gzip framing around it is ours.
#pragma once

#include <zlib.h>

#include <jujubackup/error.hpp>

namespace jujubackup::gzip {

class DeflateStream {
 public:
  explicit DeflateStream(int level) {
    if (deflateInit2(&z_, level, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw Error(ErrorCode::internal, "zlib refused to compress");
    }
  }
  DeflateStream(const DeflateStream&) = delete;
  DeflateStream& operator=(const DeflateStream&) = delete;
  ~DeflateStream() { deflateEnd(&z_); }
  z_stream& get() noexcept { return z_; }

 private:
  z_stream z_{};
};

class InflateStream {
 public:
  InflateStream() {
    if (inflateInit2(&z_, -MAX_WBITS) != Z_OK) throw Error(ErrorCode::internal, "zlib refused to inflate");
  }
  InflateStream(const InflateStream&) = delete;
  InflateStream& operator=(const InflateStream&) = delete;
  ~InflateStream() { inflateEnd(&z_); }
  z_stream& get() noexcept { return z_; }

 private:
  z_stream z_{};
};

}  // namespace jujubackup::gzip
