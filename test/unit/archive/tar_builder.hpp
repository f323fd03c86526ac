// Archives by hand, good ones and such as no honest tool would make: raw tar headers and gzip through zlib alone.
#pragma once

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <jujubackup/error.hpp>
#include <jujubackup/io.hpp>

#include "archive/gzip_member.hpp"
#include "crypto/digest.hpp"

namespace test {

struct TarFields {
  char type = '0';
  std::uint32_t mode = 0644;
  std::uint64_t uid = 0, gid = 0;
  std::uint64_t mtime_s = 1478074504;
  std::string link{};
  bool gnu = false;           // magic "ustar  " in place of USTAR's
  bool base256_size = false;  // the size as GNU tar writes what has no place in eleven octal digits
};

class TarBuilder {
 public:
  // The header alone; the name goes to the prefix field as far as it must.
  TarBuilder& header(std::string_view name, std::uint64_t size, const TarFields& fields = {}) {
    std::string block(512, '\0');
    std::string_view base = name;
    if (name.size() > 100 && !fields.gnu) {
      const std::size_t slash = name.find('/', name.size() - 101);
      if (slash == std::string_view::npos || slash > 155) throw std::runtime_error("no way to split the name");
      put(block, 345, name.substr(0, slash));
      base = name.substr(slash + 1);
    }
    put(block, 0, base.substr(0, 100));
    put_octal(block, 100, 8, fields.mode);
    put_octal(block, 108, 8, fields.uid);
    put_octal(block, 116, 8, fields.gid);
    if (fields.base256_size) {
      block[124] = '\x80';
      for (std::size_t i = 0; i < 8; ++i) block[135 - i] = static_cast<char>(size >> (8 * i));
    } else {
      put_octal(block, 124, 12, size);
    }
    put_octal(block, 136, 12, fields.mtime_s);
    block[156] = fields.type;
    put(block, 157, std::string_view(fields.link).substr(0, 100));
    put(block, 257, fields.gnu ? std::string_view("ustar  \0", 8) : std::string_view("ustar\00000", 8));
    put(block, 148, "        ");
    unsigned sum = 0;
    for (const char c : block) sum += static_cast<unsigned char>(c);
    put_octal(block, 148, 7, sum);
    bytes_ += block;
    return *this;
  }

  TarBuilder& content(std::string_view text) {
    bytes_ += text;
    bytes_.resize((bytes_.size() + 511) / 512 * 512);
    return *this;
  }

  TarBuilder& file(std::string_view name, std::string_view text, const TarFields& fields = {}) {
    return header(name, text.size(), fields).content(text);
  }
  // As Juju writes it, without a slash, unless the name has one.
  TarBuilder& directory(std::string_view name, std::uint32_t mode = 0755) { return header(name, 0, {.type = '5', .mode = mode}); }
  TarBuilder& symlink(std::string_view name, const std::string& target) {
    return header(name, 0, {.type = '2', .mode = 0777, .link = target});
  }
  TarBuilder& hardlink(std::string_view name, const std::string& target) { return header(name, 0, {.type = '1', .link = target}); }

  // A PAX header for the entry that follows.
  TarBuilder& pax(const std::vector<std::pair<std::string, std::string>>& records) {
    std::string text;
    for (const auto& [key, value] : records) {
      const std::size_t rest = key.size() + value.size() + 3;
      std::size_t size = rest + 1;
      while (std::to_string(size).size() + rest != size) ++size;
      text += std::to_string(size) + " " + key + "=" + value + "\n";
    }
    return file("PaxHeaders/x", text, {.type = 'x'});
  }

  // GNU's 'L' (a long name) or 'K' (a long link target) for the entry that follows.
  TarBuilder& gnu_long(char type, std::string_view text) {
    return file("././@LongLink", std::string(text) + '\0', {.type = type, .gnu = true});
  }

  TarBuilder& raw(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }
  // Two zero blocks.
  TarBuilder& end() { return raw(std::string(1024, '\0')); }

  const std::string& bytes() const { return bytes_; }

 private:
  static void put(std::string& block, std::size_t at, std::string_view text) { block.replace(at, text.size(), text); }
  static void put_octal(std::string& block, std::size_t at, std::size_t width, std::uint64_t value) {
    std::string digits(width - 1, '0');
    for (std::size_t i = digits.size(); i-- > 0; value >>= 3) digits[i] = static_cast<char>('0' + (value & 7));
    if (value != 0) throw std::runtime_error("no place for a number");
    put(block, at, digits);
    block[at + width - 1] = '\0';
  }

  std::string bytes_;
};

// One ordinary gzip member, as any other tool would write it.
inline std::string gzip_of(std::string_view content, int level = 6) {
  z_stream z{};
  if (deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::runtime_error("deflateInit2");
  std::string out(deflateBound(&z, content.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  z.avail_in = static_cast<uInt>(content.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&z, Z_FINISH);
  out.resize(out.size() - z.avail_out);
  deflateEnd(&z);
  if (result != Z_STREAM_END) throw std::runtime_error("deflate");
  return out;
}

// The same content in members of `step` bytes.
inline std::string gzip_in_members(std::string_view content, std::size_t step) {
  std::string out;
  for (std::size_t at = 0; at < content.size(); at += step) out += gzip_of(content.substr(at, step));
  return out;
}

// The same content in members of ours, with the seal.
inline std::string sealed_in_members(std::string_view content, std::size_t step) {
  jujubackup::Buffer out;
  jujubackup::deflate::Compressor compressor(jujubackup::Level::standard);
  for (std::size_t at = 0; at < content.size(); at += step) {
    const std::string_view piece = content.substr(at, step);
    jujubackup::gzip::append_member(out, std::as_bytes(std::span(piece)), compressor);
  }
  jujubackup::gzip::append_seal(out, {out.size(), content.size(), jujubackup::sha256(out)});
  return {reinterpret_cast<const char*>(out.data()), out.size()};
}

// A source of text in memory that can be made to behave like a slow pipe.
class TextSource final : public jujubackup::Source {
 public:
  enum class Kind { file, pipe };
  explicit TextSource(std::string text, Kind kind = Kind::file, std::size_t most_at_once = SIZE_MAX)
      : text_(std::move(text)), kind_(kind), most_at_once_(most_at_once) {}

  std::size_t read(std::span<std::byte> into) override {
    const std::size_t count = read_from(position_, into.first(std::min(into.size(), most_at_once_)));
    position_ += count;
    return count;
  }
  void rewind() override {
    if (kind_ == Kind::pipe) throw jujubackup::Error(jujubackup::ErrorCode::unsupported, "a pipe cannot be read twice");
    position_ = 0;
  }
  std::optional<std::uint64_t> size() const override {
    return kind_ == Kind::pipe ? std::nullopt : std::optional<std::uint64_t>(text_.size());
  }
  bool random_access() const noexcept override { return kind_ == Kind::file; }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    bytes_read_at_ += std::min<std::size_t>(into.size(), offset < text_.size() ? text_.size() - offset : 0);
    return read_from(offset, into);
  }
  std::string name() const override { return "test.tar.gz"; }

  std::size_t position() const { return position_; }
  std::uint64_t bytes_read_at() const { return bytes_read_at_; }

 private:
  std::size_t read_from(std::uint64_t offset, std::span<std::byte> into) const {
    if (offset >= text_.size()) return 0;
    const std::size_t count = std::min(into.size(), text_.size() - static_cast<std::size_t>(offset));
    std::memcpy(into.data(), text_.data() + offset, count);
    return count;
  }

  std::string text_;
  Kind kind_;
  std::size_t most_at_once_;
  std::size_t position_ = 0;
  mutable std::uint64_t bytes_read_at_ = 0;
};

// Juju 2.0's record; the CA key in it is a made-up word, to be looked for where it must not be.
inline const std::string sample_metadata =
    R"({"ID":"","Checksum":"","ChecksumFormat":"","Size":0,"Stored":"0001-01-01T00:00:00Z","Started":"2016-11-02T08:15:04.12Z",)"
    R"("Finished":"0001-01-01T00:00:00Z","Notes":"before upgrade","Environment":"3f0c9a52-6d1e-4b77-8a41-0d2c5b7e9f10","Machine":"0",)"
    R"("Hostname":"juju-7e9f10-0","Version":"2.0.0","Series":"xenial","CACert":"cert","CAPrivateKey":"hush-hush"})"
    "\n";

inline std::string sample_root_tar() {
  TarBuilder tar;
  tar.directory("var/lib/juju/tools")
      .file("var/lib/juju/tools/jujud", std::string(3000, 'j'), {.mode = 0100755})
      .symlink("var/lib/juju/tools/machine-0", "/var/lib/juju/tools/2.0.0-xenial-amd64")
      .file("var/lib/juju/server.pem", "pem", {.mode = 0100600})
      .file("home/ubuntu/.ssh/authorized_keys", "ssh-rsa AAAA", {.mode = 0600, .uid = 1000, .gid = 1000});
  return tar.end().bytes();
}

// As Juju 2.0 lays an archive out: directories without slashes, no order, type bits in modes, metadata last.
inline std::string sample_tar() {
  TarBuilder tar;
  tar.directory("juju-backup", 040700)
      .directory("juju-backup/dump", 040700)
      .directory("juju-backup/dump/logs", 040755)
      .directory("juju-backup/dump/juju", 040755)
      .file("juju-backup/dump/juju/models.bson", std::string("\x05\0\0\0\0", 5))
      .file("juju-backup/dump/oplog.bson", "")
      .file("juju-backup/root.tar", sample_root_tar())
      .file("juju-backup/metadata.json", sample_metadata);
  return tar.end().bytes();
}

}  // namespace test
