// Age files made part by part, so that each part can be made wrong.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/encryption.hpp>
#include <jujubackup/error.hpp>
#include <jujubackup/io.hpp>

#include "crypto/age/base64.hpp"
#include "crypto/age/bech32.hpp"
#include "crypto/age/header.hpp"
#include "crypto/age/keys.hpp"
#include "crypto/age/payload.hpp"
#include "crypto/age/primitives.hpp"
#include "test_support.hpp"

namespace test {

namespace age = jujubackup::age;
using jujubackup::Identities;
using jujubackup::Recipients;
using jujubackup::Secret;

// Made for these tests.
inline constexpr std::string_view scalar_text = "juju backup test scalar 32 bytes";
inline constexpr std::string_view file_key_text = "0123456789abcdef";
inline constexpr std::string_view nonce_text = "nonce of payload";

inline std::string identity_text() { return std::string(age::encode_bech32("AGE-SECRET-KEY-", bytes_of(scalar_text)).text()); }
inline std::string recipient_text() { return std::string(age::encode_bech32("age", age::x25519_public(bytes_of(scalar_text))).text()); }
inline Identities identities() {
  Identities made;
  made.add(identity_text());
  return made;
}
inline Secret file_key() { return Secret(file_key_text); }

inline age::Stanza x25519_stanza() { return age::x25519_recipient(recipient_text())->wrap(file_key()); }

// What `age_header` has between the version and the MAC, with the MAC that belongs to it.
inline std::string sealed_header(std::string text, const Secret& key = file_key()) {
  text += "---";
  return text + " " + age::to_raw_base64(age::header_mac(key, text)) + "\n";
}
inline std::string header_text(const std::vector<age::Stanza>& stanzas) { return age::write_header(stanzas, file_key()); }
// All of the header but the line of the MAC.
inline std::string open_header_text(const std::vector<age::Stanza>& stanzas) {
  const std::string text = header_text(stanzas);
  return text.substr(0, text.rfind("---"));
}
inline std::string good_header() { return header_text({x25519_stanza()}); }

// One chunk of the payload, with whatever number and mark.
inline std::string chunk(std::uint64_t index, bool last, std::string_view plain) {
  age::ChunkCipher cipher(age::payload_key(file_key(), bytes_of(nonce_text)));
  std::vector<std::byte> sealed(plain.size() + age::tag_bytes);
  cipher.seal(index, last, bytes_of(plain), sealed);
  return text_of(sealed);
}

inline std::string plain_text(std::size_t size) {
  std::string text(size, '\0');
  std::uint32_t state = 12345;
  for (char& c : text) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return text;
}

// A source over text, as a file (with random access) or as a pipe, that hands out at most `piece` bytes at a time.
class TextSource final : public jujubackup::Source {
 public:
  explicit TextSource(std::string text, bool random_access = false, std::size_t piece = SIZE_MAX)
      : text_(std::move(text)), random_access_(random_access), piece_(piece) {}
  std::size_t read(std::span<std::byte> into) override {
    const std::size_t got = copy(position_, into.first(std::min(piece_, into.size())));
    position_ += got;
    return got;
  }
  void rewind() override { position_ = 0; }
  std::optional<std::uint64_t> size() const override { return random_access_ ? std::optional<std::uint64_t>(text_.size()) : std::nullopt; }
  bool random_access() const noexcept override { return random_access_; }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    return copy(static_cast<std::size_t>(offset), into.first(std::min(piece_, into.size())));
  }
  std::string name() const override { return "test.age"; }

 private:
  std::size_t copy(std::size_t from, std::span<std::byte> into) const {
    if (from >= text_.size()) return 0;
    const std::size_t size = std::min(into.size(), text_.size() - from);
    std::copy_n(bytes_of(text_).begin() + static_cast<std::ptrdiff_t>(from), size, into.begin());
    return size;
  }
  std::string text_;
  bool random_access_;
  std::size_t piece_;
  std::size_t position_ = 0;
};

// Reads to the end; what came before an Error is left in `out`.
inline void read_all(jujubackup::Source& source, std::string& out, std::size_t piece = 100000) {
  std::vector<std::byte> buffer(piece);
  while (const std::size_t got = source.read(buffer)) out += text_of(std::span(buffer).first(got));
}
inline std::string decrypt(const std::string& file, const Identities& with, bool random_access = false, std::size_t piece = SIZE_MAX) {
  const auto source = jujubackup::decrypting_source(std::make_unique<TextSource>(file, random_access, piece), with);
  std::string out;
  read_all(*source, out, std::min<std::size_t>(piece, 100000));
  return out;
}

// The code and message of what decrypting throws; "" if nothing. `before` gets what was handed out.
struct Refusal {
  std::optional<jujubackup::ErrorCode> code;
  std::string message;
  std::string before;
};
inline Refusal refusal(const std::string& file, const Identities& with, bool random_access = false, std::size_t piece = SIZE_MAX) {
  Refusal found;
  try {
    const auto source = jujubackup::decrypting_source(std::make_unique<TextSource>(file, random_access, piece), with);
    read_all(*source, found.before, std::min<std::size_t>(piece, 100000));
  } catch (const jujubackup::Error& error) {
    found.code = error.code();
    found.message = error.message();
    CHECK(std::string_view(error.what()).starts_with("decrypting test.age: "));
  }
  return found;
}

inline std::string encrypt(std::string_view plain, const Recipients& to, bool armor = false, std::size_t piece = SIZE_MAX) {
  jujubackup::MemorySink out(std::size_t{64} << 20);
  const auto sink = jujubackup::encrypting_sink(out, to, {.armor = armor});
  for (std::size_t at = 0; at < plain.size(); at += std::min(piece, plain.size() - at)) sink->write(bytes_of(plain.substr(at, piece)));
  sink->finish();
  return out.text();
}

}  // namespace test
