#include "archive/manifest.hpp"

#include <algorithm>

#include <jujubackup/error.hpp>

#include "base/encoding.hpp"
#include "test_support.hpp"

namespace {

using jujubackup::HashList;
using jujubackup::Manifest;

std::string digits(std::size_t size) {
  std::string text;
  while (text.size() < size) text += "0123456789";
  return text.substr(0, size);
}

Manifest sample() {
  Manifest manifest;
  manifest.writer = "libjujubackup 0.1.0";
  manifest.finished = jujubackup::Timestamp::parse_rfc3339("2024-05-01T10:00:00.5Z");
  manifest.files.push_back({"juju-backup/metadata.json", 3, jujubackup::checksum128(test::bytes_of("PEM"))});
  manifest.files.push_back({"juju-backup/dump/\xff", 0, {}});
  manifest.warnings = {"left out \"a\""};
  return manifest;
}

// With `from` in it replaced.
std::string spoiled(const std::string& from, const std::string& to) {
  std::string json = write_manifest(sample());
  const std::size_t at = json.find(from);
  REQUIRE(at != std::string::npos);
  return json.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("hash list: a file of one chunk has the checksum of its content, a larger one that of its chunks' checksums") {
  struct Case {
    std::size_t size;
    const char* hex;
  };
  // yes 0123456789 | tr -d '\n' | head -c SIZE | xxh128sum; beyond 4096 the same of each piece, and of what `xxd -r -p` makes of those.
  const Case cases[] = {
      {0, "99aa06d3014798d86001c324468d497f"},    {1, "ce8f15881282a4001982e3a7bb241055"},    {4096, "1996fb9e5662f2b3a22d3b21f37819f6"},
      {4097, "de76610be1904c585b899077b8168197"}, {8192, "e2cb2b1b64c832dfa4cd5d79c47b284d"}, {10000, "030220781137e96add20cad3a33eb05c"},
  };
  // One for all of them: nothing of a file may be left for the next.
  HashList list(4096);
  for (const Case& c : cases) {
    CAPTURE(c.size);
    const std::string text = digits(c.size);
    const auto bytes = test::bytes_of(text);
    const auto pieces_of = [&](std::size_t step, auto&& take) {
      for (std::size_t at = 0; at < bytes.size(); at += step) take(bytes.subspan(at, std::min(step, bytes.size() - at)));
    };
    for (const std::size_t step : {1, 7, 4095, 4096, 4097, 20000}) {
      pieces_of(step, [&](auto piece) { list.update(piece); });
      CHECK(jujubackup::to_hex(list.finish()) == c.hex);
    }
    pieces_of(4096, [&](auto piece) { list.add_chunk(jujubackup::checksum128(piece)); });
    CHECK(jujubackup::to_hex(list.finish()) == c.hex);
    // A file whose reading failed leaves nothing either.
    list.update(bytes);
    list.reset();
  }
}

TEST_CASE("manifest: what is written is read again") {
  const Manifest manifest = sample();
  const std::string json = write_manifest(manifest);
  CHECK(json ==
        R"({"format":1,"writer":"libjujubackup 0.1.0","finished":"2024-05-01T10:00:00.5Z","digest":"xxh128-list","chunk-bytes":524288,)"
        R"("files":[{"path":"juju-backup/metadata.json","size":3,"digest":"32878a717f9642afa5ea60b0718ffcd6"},)"
        R"({"path-base64":"anVqdS1iYWNrdXAvZHVtcC//","size":0}],"warnings":["left out \"a\""]})"
        "\n");
  const Manifest again = jujubackup::parse_manifest(json);
  CHECK(again.chunk_bytes == manifest.chunk_bytes);
  REQUIRE(again.files.size() == 2);
  CHECK(again.files[0].digest == manifest.files[0].digest);
  CHECK_FALSE(again.files[1].digest.has_value());
  CHECK(again.files[1].path == manifest.files[1].path);
  CHECK(write_manifest(again) == json);
}

TEST_CASE("manifest: other kinds and digests that cannot be") {
  using jujubackup::ErrorCode;
  const std::string digest = "32878a717f9642afa5ea60b0718ffcd6";
  struct Case {
    std::string json;
    ErrorCode code;
    const char* message;
  };
  const Case cases[] = {
      {spoiled("xxh128-list", "sha256-list"), ErrorCode::unsupported, "manifest: unknown kind of digest"},
      {spoiled("\"format\":1", "\"format\":2"), ErrorCode::unsupported, "manifest: format 2 not supported"},
      {spoiled(digest, digest + digest), ErrorCode::corrupt, "manifest: \"digest\" is not an XXH3-128"},
      {spoiled(digest, digest.substr(1)), ErrorCode::corrupt, "manifest: \"digest\" is not an XXH3-128"},
      {spoiled(digest, "g" + digest.substr(1)), ErrorCode::corrupt, "manifest: \"digest\" is not an XXH3-128"},
      {spoiled(digest, ""), ErrorCode::corrupt, "manifest: \"digest\" is not an XXH3-128"},
      {spoiled('"' + digest + '"', "7"), ErrorCode::corrupt, "manifest: \"digest\" is not a string"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.json);
    const auto error = test::error_of([&] { jujubackup::parse_manifest(c.json); });
    REQUIRE(error.has_value());
    CHECK(error->code() == c.code);
    CHECK(error->message() == c.message);
  }
}
