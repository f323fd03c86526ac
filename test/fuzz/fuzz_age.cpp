// Encrypted files, and the texts of keys. The first byte says what the rest is taken for.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/encryption.hpp>
#include <jujubackup/error.hpp>
#include <jujubackup/io.hpp>

#include "crypto/age/header.hpp"
#include "crypto/age/keys.hpp"
#include "crypto/age/payload.hpp"

namespace {

using jujubackup::Error;
using jujubackup::ErrorCode;
using jujubackup::Source;
namespace age = jujubackup::age;

// Made for this. Files of the corpus are encrypted to it.
constexpr std::string_view identity = "AGE-SECRET-KEY-1DF6K5AFQVFSKX6M4WQSXVAT60GS8XCMPD3SHYGPNXGSXY7T5V4ESCS4H9D";

void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "fuzz_age: %s\n", what);
  std::abort();
}

void require_plain(const Error& error, std::string_view text) {
  require(error.code() == ErrorCode::corrupt || error.code() == ErrorCode::unsupported || error.code() == ErrorCode::limit ||
              error.code() == ErrorCode::permission || error.code() == ErrorCode::invalid_argument,
          error.what());
  require(error.message().size() < 400, "a long message");
  require(std::ranges::all_of(error.message(), [](char c) { return c >= ' ' && c <= '~'; }), "an unprintable message");
  require(!text.starts_with(identity) || error.message().find(identity) == std::string::npos, "a secret in the message");
}

// A pipe: no size, no random access, few bytes at a time.
class Pipe final : public Source {
 public:
  Pipe(std::span<const std::byte> bytes, std::size_t piece) : bytes_(bytes), piece_(piece) {}
  std::size_t read(std::span<std::byte> into) override {
    const std::size_t size = std::min({into.size(), piece_, bytes_.size() - position_});
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(position_), size, into.begin());
    position_ += size;
    return size;
  }
  void rewind() override { position_ = 0; }
  std::optional<std::uint64_t> size() const override { return std::nullopt; }
  std::string name() const override { return "fuzz"; }

 private:
  std::span<const std::byte> bytes_;
  std::size_t piece_;
  std::size_t position_ = 0;
};

struct Result {
  bool good = false;
  std::vector<std::byte> content;
};

Result decrypt(std::unique_ptr<Source> from, const jujubackup::Identities& with, std::size_t piece) {
  Result result;
  try {
    const auto source = jujubackup::decrypting_source(std::move(from), with);
    std::vector<std::byte> buffer(piece);
    while (const std::size_t got = source->read(buffer))
      result.content.insert(result.content.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(got));
    result.good = true;
    if (source->random_access()) {
      require(source->size() == result.content.size(), "another size");
      std::array<std::byte, 100> some{};
      const std::size_t middle = result.content.size() / 2;
      const std::size_t got = source->read_at(middle, some);
      require(std::equal(some.begin(), some.begin() + static_cast<std::ptrdiff_t>(got),
                         result.content.begin() + static_cast<std::ptrdiff_t>(middle)),
              "another content by random access");
    }
  } catch (const Error& error) {
    require_plain(error, "");
  }
  return result;
}

void look_at_file(std::span<const std::byte> bytes) {
  jujubackup::Identities with;
  with.add(identity);
  with.set_passphrase(jujubackup::Secret("passphrase"), 4);
  const Result memory = decrypt(jujubackup::source_of_memory(bytes, "fuzz"), with, std::size_t{1} << 17);
  const Result pipe = decrypt(std::make_unique<Pipe>(bytes, 1 + bytes.size() % 1000), with, 1 + bytes.size() % 777);
  require(memory.good == pipe.good, "good one way and not the other");
  if (memory.good) require(memory.content == pipe.content, "another content through a pipe");
  Pipe again(bytes, 4096);
  try {
    const jujubackup::EncryptedFacts facts = jujubackup::inspect_encrypted(again);
    require(!memory.good || facts.content_bytes == memory.content.size(), "inspect counts something else");
  } catch (const Error& error) {
    require(!memory.good, "inspect refuses what decrypts");
    require_plain(error, "");
  }
  if (memory.good) require(jujubackup::is_encrypted(bytes), "not taken for encrypted");
}

// The bytes as payload behind a header that is good: each piece of it a length and a mark, sealed as it should be or not.
void look_at_payload(std::span<const std::byte> bytes) {
  const jujubackup::Secret file_key("0123456789abcdef");
  age::Stanza stanza;
  stanza.arguments = {"scrypt", "AAAAAAAAAAAAAAAAAAAAAA", "1"};
  std::vector<std::byte> salt(28 + 16);
  std::ranges::copy(age::bytes_of("age-encryption.org/v1/scrypt"), salt.begin());
  const auto body = age::wrap_file_key(age::scrypt(age::bytes_of("passphrase"), salt, 1), file_key);
  stanza.body.assign(body.begin(), body.end());
  const std::string header = age::write_header({stanza}, file_key);
  std::vector<std::byte> file(age::bytes_of(header).begin(), age::bytes_of(header).end());
  file.resize(file.size() + age::payload_nonce_bytes);
  age::ChunkCipher cipher(age::payload_key(file_key, std::span(file).last(age::payload_nonce_bytes)));
  const std::size_t most = header.size() + std::size_t{5} * age::sealed_chunk_bytes;
  for (std::size_t at = 0; at + 3 <= bytes.size() && file.size() < most; at += 3) {
    const auto value = [&](std::size_t i) { return std::to_integer<std::size_t>(bytes[at + i]); };
    // The number, the mark, and how much of how large a chunk.
    const std::size_t size = (value(0) & 8) != 0 ? age::chunk_bytes - (value(1) & 3) : value(1);
    std::vector<std::byte> sealed(size + age::tag_bytes);
    cipher.seal(value(0) & 7, (value(0) & 16) != 0, std::vector<std::byte>(size, bytes[at + 2]), sealed);
    if ((value(0) & 32) != 0) sealed[value(2) % sealed.size()] ^= std::byte{1};
    if ((value(0) & 64) != 0) sealed.resize(value(2) % sealed.size());
    file.insert(file.end(), sealed.begin(), sealed.end());
  }
  look_at_file(file);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  switch (data[0]) {
    case 'r':
      try {
        jujubackup::Recipients to;
        to.add(text);
      } catch (const Error& error) {
        require_plain(error, text);
      }
      break;
    case 'i':
      try {
        jujubackup::Identities with;
        with.add(text);
      } catch (const Error& error) {
        require_plain(error, text);
      }
      break;
    case 'p': look_at_payload(bytes); break;
    default: look_at_file(bytes);
  }
  return 0;
}
