// The gzip and tar layers over any bytes: what comes out must not depend on how the bytes come in, nor on which of the two readers of
// our own layout is used.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "archive/fault.hpp"
#include "archive/gzip_reader.hpp"
#include "archive/member_map.hpp"
#include "archive/tar_reader.hpp"

namespace {

// A bomb must not stop the fuzzer; the limit is far above what one member of ours holds.
constexpr std::uint64_t max_content_bytes = std::uint64_t{1} << 20;

void require(bool good) {
  if (!good) std::abort();
}

// Hands out at most `piece_bytes` at a time.
class PieceSource final : public jujubackup::Source {
 public:
  PieceSource(std::span<const std::byte> bytes, std::size_t piece_bytes) : bytes_(bytes), piece_bytes_(piece_bytes) {}
  std::size_t read(std::span<std::byte> into) override {
    const std::size_t count = read_at(position_, into.first(std::min(into.size(), piece_bytes_)));
    position_ += count;
    return count;
  }
  void rewind() override { position_ = 0; }
  std::optional<std::uint64_t> size() const override { return bytes_.size(); }
  bool random_access() const noexcept override { return true; }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    if (offset >= bytes_.size()) return 0;
    const std::size_t count = std::min<std::size_t>(into.size(), bytes_.size() - offset);
    std::memcpy(into.data(), bytes_.data() + offset, count);
    return count;
  }
  std::string name() const override { return "input"; }

 private:
  std::span<const std::byte> bytes_;
  std::size_t piece_bytes_;
  std::uint64_t position_ = 0;
};

struct Inflated {
  std::vector<std::byte> content;
  std::string fault;  // "" if the file is good
  bool cut = false;   // at max_content_bytes
  bool sealed = false;
  std::uint64_t members = 0;
};

Inflated inflate(std::span<const std::byte> bytes, std::size_t piece_bytes) {
  Inflated result;
  PieceSource source(bytes, piece_bytes);
  std::uint64_t tapped_bytes = 0;
  jujubackup::gzip::GzipReader stream(source, {1, true, [&](std::span<const std::byte> piece) { tapped_bytes += piece.size(); }});
  try {
    for (auto piece = stream.next(); !piece.empty(); piece = stream.next()) {
      result.content.insert(result.content.end(), piece.begin(), piece.end());
      result.cut = result.content.size() > max_content_bytes;
      if (result.cut) return result;
    }
    require(tapped_bytes == bytes.size());
    require(stream.content_bytes() == result.content.size());
  } catch (const jujubackup::ArchiveFault& fault) {
    result.fault = fault.finding();
  }
  result.sealed = stream.sealed();
  result.members = stream.members();
  return result;
}

class MemoryStream final : public jujubackup::Stream {
 public:
  MemoryStream(std::span<const std::byte> bytes, std::size_t piece_bytes) : left_(bytes), piece_bytes_(piece_bytes) {}
  std::span<const std::byte> next() override {
    const auto piece = left_.first(std::min(left_.size(), piece_bytes_));
    left_ = left_.subspan(piece.size());
    return piece;
  }

 private:
  std::span<const std::byte> left_;
  std::size_t piece_bytes_;
};

// Names, sizes, content and the fault, in one text.
std::string describe_tar(std::span<const std::byte> bytes, std::size_t piece_bytes) {
  std::string text;
  MemoryStream stream(bytes, piece_bytes);
  try {
    jujubackup::tar::TarReader reader(stream, "");
    while (const auto entry = reader.next()) {
      text += entry->path + " " + std::to_string(static_cast<int>(entry->type)) + " " + std::to_string(entry->size_bytes) + " " +
              std::to_string(entry->mode) + " " + entry->link_target + " ";
      for (auto piece = reader.data(); !piece.empty(); piece = reader.data()) {
        text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
      }
      text += "\n";
    }
    text += "good";
  } catch (const jujubackup::ArchiveFault& fault) {
    text += std::string("fault ") + fault.finding();
  }
  return text;
}

void compare_with_map(std::span<const std::byte> bytes, const Inflated& streamed) {
  const PieceSource source(bytes, SIZE_MAX);
  std::unique_ptr<jujubackup::gzip::MemberMap> map;
  try {
    map = jujubackup::gzip::MemberMap::find(source);
  } catch (const jujubackup::ArchiveFault&) {
    return;
  }
  if (!map || map->content_bytes() > max_content_bytes) return;
  std::vector<std::byte> content;
  try {
    for (auto piece = map->piece_at(0); !piece.empty(); piece = map->piece_at(content.size())) {
      content.insert(content.end(), piece.begin(), piece.end());
    }
  } catch (const jujubackup::ArchiveFault&) {
    // The map does not read the digest in the seal, but a member that cannot be inflated is bad for both.
    require(!streamed.fault.empty() || streamed.cut);
    return;
  }
  require(content.size() == map->content_bytes());
  if (!streamed.fault.empty() || streamed.cut) return;
  require(streamed.sealed && streamed.members == map->members() && content == streamed.content);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const Inflated whole = inflate(bytes, SIZE_MAX);
  if (size <= 1024) {
    const Inflated single = inflate(bytes, 1);
    require(single.cut == whole.cut);
    require(whole.cut || (single.content == whole.content && single.fault == whole.fault && single.sealed == whole.sealed));
  }
  compare_with_map(bytes, whole);

  // Without checksums in the way the fuzzer gets further: the input itself is also taken for a tar.
  for (const auto tar : {std::span<const std::byte>(whole.content), bytes}) {
    const std::string at_once = describe_tar(tar, SIZE_MAX);
    require(describe_tar(tar, 511) == at_once);
    if (tar.size() <= 1024) require(describe_tar(tar, 1) == at_once);
  }
  return 0;
}
