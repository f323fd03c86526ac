// What the targets that read whole archives share: how an input becomes an archive, and a place to unpack it.
//
// An input that begins as gzip is a whole .tar.gz. Otherwise its first byte says how the rest, a raw tar, is wrapped: even as one gzip
// member, odd as members of ours. With its highest bit the checksums of tar headers are set right first. So the fuzzer need not guess
// checksums to reach what is behind them.
#pragma once

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include <jujubackup/error.hpp>

#include "archive/gzip_member.hpp"
#include "crypto/digest.hpp"

namespace fuzz {

namespace fs = std::filesystem;

inline void require(bool good) {
  if (!good) std::abort();
}

// A private directory: target/ is unpacked into, canary must stay as it is and alone beside it.
class Scratch {
 public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "jujubackup-fuzz-XXXXXX").string();
    require(::mkdtemp(name.data()) != nullptr);
    path_ = name;
    std::ofstream(path_ / "canary") << "sings";
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    clear();
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  std::string target() const { return path_ / "target"; }

  void clear() {
    open_up(target());
    fs::remove_all(target());
  }

  void check() const {
    for (const auto& entry : fs::directory_iterator(path_)) {
      const std::string name = entry.path().filename();
      require(name == "target" || name == "canary");
    }
    std::ifstream canary(path_ / "canary");
    require(std::string(std::istreambuf_iterator<char>(canary), {}) == "sings");
  }

 private:
  // Directories may have come out without any permission.
  static void open_up(const fs::path& directory) {
    if (fs::symlink_status(directory).type() != fs::file_type::directory) return;
    fs::permissions(directory, fs::perms::owner_all);
    for (const auto& entry : fs::directory_iterator(directory)) open_up(entry.path());
  }

  fs::path path_;
};

inline std::vector<std::byte> wrapped_foreign(std::span<const std::byte> tar) {
  z_stream z{};
  require(deflateInit2(&z, 0, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::vector<std::byte> out(deflateBound(&z, tar.size()) + 64);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(tar.data()));
  z.avail_in = static_cast<uInt>(tar.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  require(deflate(&z, Z_FINISH) == Z_STREAM_END);
  out.resize(out.size() - z.avail_out);
  deflateEnd(&z);
  return out;
}

inline std::vector<std::byte> wrapped_own(std::span<const std::byte> tar, std::size_t step) {
  jujubackup::Buffer out;
  jujubackup::deflate::Compressor compressor(jujubackup::Level{1});
  for (std::size_t at = 0; at < tar.size(); at += step) {
    jujubackup::gzip::append_member(out, tar.subspan(at, std::min(step, tar.size() - at)), compressor);
  }
  jujubackup::gzip::append_seal(out, {out.size(), tar.size(), jujubackup::sha256(out)});
  return {out.begin(), out.end()};
}

// root.tar lies at whole blocks of the outer tar, so its headers are met as well.
inline void set_checksums_right(std::span<std::byte> tar) {
  constexpr std::size_t block_bytes = 512;
  for (; tar.size() >= block_bytes; tar = tar.subspan(block_bytes)) {
    if (std::memcmp(tar.data() + 257, "ustar", 5) != 0) continue;
    std::memset(tar.data() + 148, ' ', 8);
    unsigned sum = 0;
    for (const std::byte b : tar.first(block_bytes)) sum += std::to_integer<unsigned>(b);
    char text[8] = {};
    std::snprintf(text, sizeof text, "%06o", sum);
    std::memcpy(tar.data() + 148, text, 7);
  }
}

// Empty if the input is too small or too large to be looked at.
inline std::vector<std::byte> archive_of_input(std::span<const std::byte> input) {
  constexpr std::size_t max_input_bytes = std::size_t{256} * 1024;
  if (input.empty() || input.size() > max_input_bytes) return {};
  const auto how = std::to_integer<unsigned>(input[0]);
  if (how == 0x1f) return {input.begin(), input.end()};
  std::vector<std::byte> tar(input.begin() + 1, input.end());
  if ((how & 0x80) != 0) set_checksums_right(tar);
  return how % 2 == 0 ? wrapped_foreign(tar) : wrapped_own(tar, std::size_t{64} + (how & 0x7f) * std::size_t{16});
}

template <typename F>
bool works(F&& f) {
  try {
    f();
    return true;
  } catch (const jujubackup::Error&) {
    return false;
  }
}

}  // namespace fuzz
