#include <zlib.h>

#include <algorithm>
#include <string>

#include "archive/fault.hpp"
#include "archive/gzip_member.hpp"
#include "archive/gzip_reader.hpp"
#include "archive/member_map.hpp"
#include "crypto/digest.hpp"
#include "test_support.hpp"

namespace {

using jujubackup::ArchiveFault;
using Bytes = jujubackup::Buffer;

// Hands out at most `piece` bytes at a time.
class DripSource final : public jujubackup::Source {
 public:
  DripSource(std::span<const std::byte> bytes, std::size_t piece) : bytes_(bytes), piece_(piece) {}
  std::size_t read(std::span<std::byte> into) override {
    const std::size_t count = std::min({into.size(), piece_, bytes_.size() - at_});
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), count, into.begin());
    at_ += count;
    return count;
  }
  void rewind() override { at_ = 0; }
  std::optional<std::uint64_t> size() const override { return std::nullopt; }
  std::string name() const override { return "drip"; }

 private:
  std::span<const std::byte> bytes_;
  std::size_t piece_;
  std::size_t at_ = 0;
};

// What GzipReader makes of the bytes, or the code of the fault.
struct Outcome {
  std::string content;
  std::string fault;
  std::string message;
  bool own = false, sealed = false;
  std::uint64_t members = 0;
};

Outcome read_all(std::span<const std::byte> bytes, std::size_t piece = SIZE_MAX) {
  DripSource source(bytes, piece);
  jujubackup::gzip::GzipReader stream(source, {});
  Outcome outcome;
  try {
    for (auto got = stream.next(); !got.empty(); got = stream.next()) outcome.content += test::text_of(got);
  } catch (const ArchiveFault& fault) {
    outcome.fault = fault.finding();
    outcome.message = fault.what();
  }
  outcome.own = stream.own_layout();
  outcome.sealed = stream.sealed();
  outcome.members = stream.members();
  return outcome;
}

// gzip with a choice of header fields, made without the code under test.
Bytes foreign_gzip(std::string_view content, bool with_name = false) {
  z_stream z{};
  REQUIRE(deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  gz_header header{};
  std::string name = "dump.tar", comment = "a comment", extra = "AB\x02";
  extra += std::string("\0xy", 3);
  if (with_name) {
    header.name = reinterpret_cast<Bytef*>(name.data());
    header.comment = reinterpret_cast<Bytef*>(comment.data());
    header.extra = reinterpret_cast<Bytef*>(extra.data());
    header.extra_len = static_cast<uInt>(extra.size());
    header.hcrc = 1;
    header.time = 1700000000;
    deflateSetHeader(&z, &header);
  }
  Bytes out(deflateBound(&z, static_cast<uLong>(content.size())) + 64);
  z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(content.data()));
  z.avail_in = static_cast<uInt>(content.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

Bytes own_file(const std::vector<std::string>& contents) {
  Bytes out;
  jujubackup::deflate::Compressor compressor(jujubackup::Level::standard);
  std::uint64_t total = 0;
  for (const std::string& content : contents) {
    jujubackup::gzip::append_member(out, test::bytes_of(content), compressor);
    total += content.size();
  }
  jujubackup::gzip::append_seal(out, {out.size(), total, jujubackup::sha256(out)});
  return out;
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes raw(std::string_view text) {
  const auto bytes = test::bytes_of(text);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("gzip: foreign files in any piece size") {
  const std::string text = "hello, controller\n" + std::string(70000, 'x') + "end";
  for (const bool with_name : {false, true}) {
    const Bytes file = foreign_gzip(text, with_name);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, SIZE_MAX}) {
      const Outcome outcome = read_all(file, piece);
      CHECK(outcome.fault == "");
      CHECK(outcome.content == text);
      CHECK(outcome.members == 1);
      CHECK_FALSE(outcome.own);
    }
    for (std::size_t cut = 1; cut < file.size(); ++cut) {
      CAPTURE(cut);
      const std::string fault = read_all(std::span(file).first(cut)).fault;
      CHECK(fault == (cut == 1 ? "gzip-not" : "gzip-truncated"));
    }
  }
}

TEST_CASE("gzip: several members, padding, and what does not belong after the end") {
  const Bytes two = foreign_gzip("one ") + foreign_gzip("two", true);
  struct Case {
    const char* name;
    Bytes file;
    const char* content;
    const char* fault;
    const char* in_message;
  };
  const Case cases[] = {
      {"members", two, "one two", "", ""},
      {"empty member", foreign_gzip("") + two, "one two", "", ""},
      {"zero padding", two + Bytes(700, std::byte{}), "one two", "", ""},
      {"text after it", two + raw("oops"), "one two", "gzip-trailing", "bytes follow"},
      {"padding, then text", two + Bytes(300000, std::byte{}) + raw("x"), "one two", "gzip-trailing", "bytes follow"},
      {"JSON after it", two + raw("{\"error\":\"x\"}"), "one two", "gzip-trailing", "JSON text follows"},
      {"empty file", {}, "", "gzip-not", "the file is empty"},
      {"other file", raw("PK\x03\x04 zip"), "", "gzip-not", "not a gzip file"},
      {"own member after a foreign one", foreign_gzip("x") + own_file({"y"}), "x", "gzip-damaged", "the first gzip member is not"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Outcome outcome = read_all(c.file);
    CHECK(outcome.content == c.content);
    CHECK(outcome.fault == c.fault);
    CHECK(outcome.message.find(c.in_message) != std::string::npos);
  }
}

TEST_CASE("gzip: every flipped bit of a foreign file is noticed or harmless by definition") {
  const std::string text = "a text of some length, a text of some length, 0123456789";
  const Bytes good = foreign_gzip(text);
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes bad = good;
      bad[i] ^= static_cast<std::byte>(1U << bit);
      const Outcome outcome = read_all(bad);
      CAPTURE(i);
      CAPTURE(bit);
      // MTIME, XFL and OS, and the text flag, say nothing about the content.
      const bool dont_care = (i >= 4 && i <= 9) || (i == 3 && bit == 0);
      if (dont_care) {
        CHECK(outcome.fault == "");
        CHECK(outcome.content == text);
      } else if (outcome.fault.empty()) {
        // Only the unused bits after the last deflate block are left.
        CHECK(i == good.size() - 9);
        CHECK(outcome.content == text);
      }
    }
  }
}

TEST_CASE("gzip: our members and the seal") {
  std::string second(100000, 'b');
  for (std::size_t i = 0; i < second.size(); i += 3) second[i] = static_cast<char>(i * 7919 >> 4);
  const std::vector<std::string> contents = {"first member", second, "last"};
  const std::string all = contents[0] + contents[1] + contents[2];
  const Bytes file = own_file(contents);

  SUBCASE("streamed") {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{73}, SIZE_MAX}) {
      const Outcome outcome = read_all(file, piece);
      CHECK(outcome.fault == "");
      CHECK(outcome.content == all);
      CHECK(outcome.own);
      CHECK(outcome.sealed);
      CHECK(outcome.members == 3);
    }
  }
  SUBCASE("random access") {
    const auto source = jujubackup::source_of_memory(file, "memory");
    const auto map = jujubackup::gzip::MemberMap::find(*source);
    REQUIRE(map != nullptr);
    CHECK(map->members() == 3);
    CHECK(map->content_bytes() == all.size());
    for (const std::size_t offset :
         {std::size_t{0}, std::size_t{5}, std::size_t{11}, std::size_t{12}, std::size_t{100010}, all.size() - 1, all.size()}) {
      Bytes piece(300);
      const std::size_t got = map->read_at(offset, piece);
      CHECK(test::text_of(std::span(piece).first(got)) == all.substr(offset, 300));
    }
  }
  SUBCASE("the plain zlib reader sees one stream of members") {
    z_stream z{};
    REQUIRE(inflateInit2(&z, MAX_WBITS + 16) == Z_OK);
    std::string got;
    Bytes out(1 << 20);
    z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(file.data()));
    z.avail_in = static_cast<uInt>(file.size());
    while (z.avail_in != 0) {
      z.next_out = reinterpret_cast<Bytef*>(out.data());
      z.avail_out = static_cast<uInt>(out.size());
      REQUIRE(inflate(&z, Z_FINISH) == Z_STREAM_END);
      got += test::text_of(std::span(out).first(out.size() - z.avail_out));
      inflateReset(&z);
    }
    inflateEnd(&z);
    CHECK(got == all);
  }
  SUBCASE("every cut is noticed, those between members by the missing seal") {
    const Bytes small = own_file({"one", "two"});
    std::size_t seal_missing = 0;
    for (std::size_t cut = 0; cut < small.size(); ++cut) {
      const auto part = std::span(small).first(cut);
      CAPTURE(cut);
      const std::string fault = read_all(part).fault;
      CHECK((fault == "gzip-truncated" || fault == "seal-missing" || (cut < 2 && fault == "gzip-not")));
      seal_missing += fault == "seal-missing" ? 1 : 0;
      const auto source = jujubackup::source_of_memory(part, "memory");
      CHECK(jujubackup::gzip::MemberMap::find(*source) == nullptr);
    }
    CHECK(seal_missing == 2);
  }
  SUBCASE("every flipped bit is noticed") {
    const Bytes small = own_file({"one one one one", "two"});
    for (std::size_t i = 0; i < small.size(); ++i) {
      for (int bit = 0; bit < 8; ++bit) {
        Bytes bad = small;
        bad[i] ^= static_cast<std::byte>(1U << bit);
        CAPTURE(i);
        CAPTURE(bit);
        CHECK(read_all(bad).fault != "");
      }
    }
  }
  SUBCASE("members swapped, left out or repeated") {
    Bytes a, b;
    jujubackup::deflate::Compressor compressor(jujubackup::Level::standard);
    jujubackup::gzip::append_member(a, test::bytes_of("aaaa"), compressor);
    jujubackup::gzip::append_member(b, test::bytes_of("bbbb"), compressor);
    Bytes seal;
    jujubackup::gzip::append_seal(seal, {a.size() + b.size(), 8, jujubackup::sha256(a + b)});
    CHECK(read_all(a + b + seal).fault == "");
    CHECK(read_all(b + a + seal).fault == "seal-mismatch");
    CHECK(read_all(a + seal).fault == "seal-mismatch");
    CHECK(read_all(a + b + b + seal).fault == "seal-mismatch");
    CHECK(read_all(a + b + seal + seal).fault == "gzip-trailing");
    CHECK(read_all(a + b + seal + Bytes(1, std::byte{})).fault == "gzip-trailing");
    CHECK(read_all(a + foreign_gzip("x") + b + seal).fault == "gzip-damaged");
  }
}

TEST_CASE("gzip: a chain that lies is not followed") {
  const Bytes file = own_file({"first", "second"});
  // The member's length leads into the middle of the next member; its content length is huge.
  for (const std::size_t at : {std::size_t{16}, std::size_t{19}, std::size_t{20}, std::size_t{23}}) {
    Bytes bad = file;
    bad[at] = std::byte{0x7f};
    const auto source = jujubackup::source_of_memory(bad, "memory");
    CAPTURE(at);
    CHECK(jujubackup::gzip::MemberMap::find(*source) == nullptr);
    CHECK(read_all(bad).fault == "gzip-damaged");
  }
}

TEST_CASE("gzip: a bomb is stopped") {
  Bytes bomb;
  jujubackup::deflate::Compressor compressor(jujubackup::Level::standard);
  for (int i = 0; i < 320; ++i) jujubackup::gzip::append_member(bomb, Bytes(std::size_t{1} << 20, std::byte{}), compressor);
  const auto source = jujubackup::source_of_memory(bomb, "memory");
  jujubackup::gzip::GzipReader stream(*source, {});
  std::uint64_t seen = 0;
  std::string code;
  try {
    for (auto got = stream.next(); !got.empty(); got = stream.next()) seen += got.size();
  } catch (const ArchiveFault& fault) {
    code = fault.finding();
    CHECK(fault.code() == jujubackup::ErrorCode::limit);
  }
  CHECK(code == "gzip-bomb");
  CHECK(seen <= (std::uint64_t{257} << 20));
}

TEST_CASE("gzip: a bomb of ours is not hopped through") {
  Bytes member;
  jujubackup::deflate::Compressor compressor(jujubackup::Level::standard);
  jujubackup::gzip::append_member(member, Bytes(std::size_t{1} << 20, std::byte{}), compressor);
  for (const int members : {256, 257}) {
    Bytes file;
    for (int i = 0; i < members; ++i) file.insert(file.end(), member.begin(), member.end());
    jujubackup::gzip::append_seal(file, {file.size(), static_cast<std::uint64_t>(members) << 20, jujubackup::sha256(file)});
    const auto source = jujubackup::source_of_memory(file, "memory");
    // Up to 256 MiB do no harm.
    CHECK((jujubackup::gzip::MemberMap::find(*source) != nullptr) == (members == 256));
  }
}
