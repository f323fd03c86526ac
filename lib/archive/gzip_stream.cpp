#include "archive/gzip_stream.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <jujubackup/error.hpp>

#include "archive/fault.hpp"
#include "archive/zlib_stream.hpp"
#include "crypto/digest.hpp"

namespace jujubackup::gzip {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{256} * 1024;
// The header of one member: name, comment and extra field of foreign files included.
constexpr std::size_t max_header_bytes = std::size_t{128} * 1024;

enum Flag : unsigned { flag_hcrc = 2, flag_extra = 4, flag_name = 8, flag_comment = 16, flag_reserved = 0xe0 };

std::string at_offset(std::uint64_t offset) { return "offset " + std::to_string(offset); }

bool is_zero(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace

struct GzipStream::State {
  enum class Mode { before_member, in_member, at_trailer, done };

  Source& source;
  Tap tap;
  Job* job;
  std::vector<std::byte> in = std::vector<std::byte>(buffer_bytes);
  std::vector<std::byte> out = std::vector<std::byte>(buffer_bytes);
  std::size_t position = 0, end = 0;  // of what is left in `in`
  std::size_t hashed = 0;             // how far `in` went into `digest`
  std::uint64_t buffer_offset = 0;    // of in[0] in the file
  bool at_end = false;

  Mode mode = Mode::before_member;
  InflateStream inflater;
  uLong crc = 0;
  std::uint64_t member_offset = 0;
  std::uint64_t member_content = 0;
  std::optional<MemberHeader> promised;  // by a member of ours
  std::uint64_t content_bytes = 0;
  std::uint64_t members = 0;
  bool own = false;
  bool sealed = false;
  Digest digest{Digest::Kind::sha256};  // of the file so far; only kept up for own files

  State(Source& from, Tap tap_function, Job* watching) : source(from), tap(std::move(tap_function)), job(watching) {}

  std::uint64_t offset() const noexcept { return buffer_offset + position; }

  void hash_consumed() {
    if (own) digest.update(std::span(in).subspan(hashed, position - hashed));
    hashed = position;
  }

  // More bytes behind those that are left; false at the end of the file.
  bool refill() {
    if (at_end) return false;
    hash_consumed();
    std::copy(in.begin() + static_cast<std::ptrdiff_t>(position), in.begin() + static_cast<std::ptrdiff_t>(end), in.begin());
    buffer_offset += position;
    end -= position;
    position = hashed = 0;
    if (end == in.size()) in.resize(in.size() * 2);
    const std::size_t got = source.read(std::span(in).subspan(end));
    const auto fresh = std::span(in).subspan(end, got);
    if (got == 0) at_end = true;
    if (got != 0 && tap) tap(fresh);
    end += got;
    job_advance(job, got);
    return got != 0;
  }

  // Whether `count` bytes are there, reading more as needed.
  bool available(std::size_t count) {
    while (end - position < count) {
      if (!refill()) return false;
    }
    return true;
  }

  std::span<const std::byte> left() const { return std::span(in).subspan(position, end - position); }

  unsigned byte_at(std::size_t i) {
    if (i >= max_header_bytes) throw ArchiveFault("gzip-damaged", at_offset(offset()), "gzip header is too long");
    if (!available(i + 1)) throw ArchiveFault("gzip-truncated", at_offset(offset()), "the file ends inside of a gzip header");
    return std::to_integer<unsigned>(in[position + i]);
  }

  bool begin_member();
  std::size_t foreign_header_bytes();
  void take_seal();
  void end_of_foreign();
  std::span<const std::byte> inflate_some();
  void check_trailer();
};

// RFC 1952 section 2.3. Returns the length of the header.
std::size_t GzipStream::State::foreign_header_bytes() {
  if (byte_at(2) != 8) throw ArchiveFault("gzip-damaged", at_offset(offset()), "unknown gzip compression method");
  const unsigned flags = byte_at(3);
  if ((flags & flag_reserved) != 0) throw ArchiveFault("gzip-damaged", at_offset(offset()), "reserved gzip flags are set");
  std::size_t size = 10;
  byte_at(size - 1);
  if ((flags & flag_extra) != 0) size += 2 + (byte_at(size) | byte_at(size + 1) << 8);
  for (const unsigned text : {flag_name, flag_comment}) {
    if ((flags & text) == 0) continue;
    while (byte_at(size++) != 0) {
    }
  }
  if ((flags & flag_hcrc) != 0) {
    const unsigned stored = byte_at(size) | byte_at(size + 1) << 8;
    const uLong actual = crc32_z(0, reinterpret_cast<const Bytef*>(in.data() + position), size) & 0xffff;
    if (stored != actual) throw ArchiveFault("gzip-damaged", at_offset(offset()), "gzip header checksum mismatch");
    size += 2;
  }
  byte_at(size - 1);
  return size;
}

// False at the end of the file.
bool GzipStream::State::begin_member() {
  if (own && available(seal_bytes)) {
    if (parse_seal(left().first(seal_bytes))) {
      take_seal();
      return false;
    }
  }
  if (!available(1)) {
    if (own) throw ArchiveFault("seal-missing", at_offset(offset()), "the archive ends without its seal: it was cut between two members");
    return false;
  }
  member_offset = offset();
  if (own && !available(2)) throw ArchiveFault("gzip-truncated", at_offset(offset()), "the file ends inside of a gzip header");
  if (!available(2) || std::to_integer<unsigned>(in[position]) != 0x1f || std::to_integer<unsigned>(in[position + 1]) != 0x8b) {
    if (own) throw ArchiveFault("gzip-damaged", at_offset(offset()), "what follows a gzip member is neither another one nor the seal");
    end_of_foreign();
    return false;
  }
  std::size_t header_bytes = 0;
  promised.reset();
  if (available(member_header_bytes)) promised = parse_member_header(left().first(member_header_bytes));
  if (promised && offset() == 0) own = true;
  if (!own && (promised || (available(seal_bytes) && parse_seal(left().first(seal_bytes))))) {
    throw ArchiveFault("gzip-damaged", at_offset(0), "the first gzip member is not as this library writes it, but later ones are");
  }
  if (promised) {
    header_bytes = member_header_bytes;
  } else if (own) {
    const bool cut = left().size() < seal_bytes && at_end;
    throw ArchiveFault(cut ? "gzip-truncated" : "gzip-damaged", at_offset(offset()),
                       cut ? "the file ends inside of a gzip member" : "gzip member header is not as this library writes it");
  } else {
    header_bytes = foreign_header_bytes();
  }
  position += header_bytes;
  inflateReset(&inflater.get());
  crc = crc32_z(0, nullptr, 0);
  member_content = 0;
  return true;
}

void GzipStream::State::take_seal() {
  hash_consumed();
  const Seal seal = *parse_seal(left().first(seal_bytes));
  const auto actual = digest.finish();
  if (seal.file_bytes != offset() || seal.content_bytes != content_bytes) {
    throw ArchiveFault("seal-mismatch", at_offset(offset()), "the seal tells other lengths than those of what comes before it");
  }
  if (!std::equal(actual.begin(), actual.end(), seal.sha256.begin(), seal.sha256.end())) {
    throw ArchiveFault("seal-mismatch", at_offset(offset()), "the bytes before the seal are not those that were sealed (SHA-256)");
  }
  position += seal_bytes;
  sealed = true;
  if (available(1)) end_of_foreign();
}

// What follows the last member: nothing, zero bytes after a foreign file, or something that does not belong there.
void GzipStream::State::end_of_foreign() {
  const std::uint64_t where = offset();
  if (members == 0) throw ArchiveFault("gzip-not", at_offset(where), "not a gzip file");
  if (!sealed) {
    while (is_zero(left())) {
      position = end;
      if (!refill()) return;
    }
  }
  available(64);
  const auto rest = left();
  const auto first = std::find_if(rest.begin(), rest.end(), [](std::byte b) { return b != std::byte{0}; });
  std::string message = "bytes follow the end of the gzip data";
  if (first != rest.end() && (*first == std::byte{'{'} || *first == std::byte{'['})) {
    message = "JSON text follows the end of the gzip data: most likely a server's error, sent after a part of the archive";
  }
  throw ArchiveFault("gzip-trailing", at_offset(where), message);
}

std::span<const std::byte> GzipStream::State::inflate_some() {
  z_stream& z = inflater.get();
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  while (z.avail_out != 0 && mode == Mode::in_member) {
    if (position == end && !refill()) {
      // What was inflated so far is handed out first; the next call comes here again.
      if (z.avail_out != out.size()) break;
      throw ArchiveFault("gzip-truncated", at_offset(offset()), "the file ends inside of a gzip member");
    }
    z.next_in = reinterpret_cast<Bytef*>(in.data() + position);
    z.avail_in = static_cast<uInt>(end - position);
    const int result = inflate(&z, Z_NO_FLUSH);
    position = end - z.avail_in;
    if (result == Z_STREAM_END) {
      mode = Mode::at_trailer;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      if (z.avail_out != out.size()) break;
      throw ArchiveFault("gzip-damaged", at_offset(offset()), "compressed data is damaged");
    }
  }
  const std::size_t got = out.size() - z.avail_out;
  crc = crc32_z(crc, reinterpret_cast<const Bytef*>(out.data()), got);
  member_content += got;
  content_bytes += got;
  if (is_bomb(content_bytes, offset())) {
    throw ArchiveFault("gzip-bomb", at_offset(offset()), "the data expands more than five hundred times", ErrorCode::limit);
  }
  return std::span(out).first(got);
}

void GzipStream::State::check_trailer() {
  if (!available(8)) throw ArchiveFault("gzip-truncated", at_offset(offset()), "the file ends before the checksum of a gzip member");
  const auto number = [this](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;) value = value << 8 | std::to_integer<std::uint32_t>(in[position + at + i]);
    return value;
  };
  if (number(0) != crc) throw ArchiveFault("gzip-damaged", at_offset(member_offset), "gzip checksum mismatch");
  if (number(4) != (member_content & 0xffffffffU)) throw ArchiveFault("gzip-damaged", at_offset(member_offset), "gzip length mismatch");
  position += 8;
  if (promised && (offset() - member_offset != promised->member_bytes || member_content != promised->content_bytes)) {
    throw ArchiveFault("gzip-damaged", at_offset(member_offset), "a gzip member has other lengths than its header says");
  }
  ++members;
  mode = Mode::before_member;
}

GzipStream::GzipStream(Source& source, Tap tap, Job* job) : state_(std::make_unique<State>(source, std::move(tap), job)) {}
GzipStream::~GzipStream() = default;

std::span<const std::byte> GzipStream::next() {
  State& s = *state_;
  for (;;) {
    switch (s.mode) {
      case State::Mode::done: return {};
      case State::Mode::at_trailer: s.check_trailer(); break;
      case State::Mode::before_member:
        if (!s.available(1) && s.offset() == 0) throw ArchiveFault("gzip-not", "", "the file is empty");
        s.mode = s.begin_member() ? State::Mode::in_member : State::Mode::done;
        break;
      case State::Mode::in_member: {
        const auto piece = s.inflate_some();
        if (!piece.empty()) return piece;
        break;
      }
    }
  }
}

std::uint64_t GzipStream::file_bytes() const noexcept { return state_->buffer_offset + state_->end; }
std::uint64_t GzipStream::content_bytes() const noexcept { return state_->content_bytes; }
std::uint64_t GzipStream::members() const noexcept { return state_->members; }
bool GzipStream::own_layout() const noexcept { return state_->own; }
bool GzipStream::sealed() const noexcept { return state_->sealed; }

}  // namespace jujubackup::gzip
