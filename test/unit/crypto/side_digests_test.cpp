// Digests on the side, and files that may be encrypted.
#include <memory>
#include <random>
#include <string>

#include <jujubackup/archive.hpp>
#include <jujubackup/encryption.hpp>

#include "crypto/side_digests.hpp"
#include "test_support.hpp"

using jujubackup::ErrorCode;
using jujubackup::Source;

namespace {

class Pipe final : public Source {
 public:
  explicit Pipe(std::string_view text) : text_(text) {}
  std::size_t read(std::span<std::byte> into) override {
    const std::size_t got = std::min({into.size(), std::size_t{7}, text_.size() - position_});
    std::ranges::copy(test::bytes_of(text_).subspan(position_, got), into.begin());
    position_ += got;
    return got;
  }
  void rewind() override { FAIL("rewound"); }
  std::optional<std::uint64_t> size() const override { return std::nullopt; }
  std::string name() const override { return "the pipe"; }

 private:
  std::string_view text_;
  std::size_t position_ = 0;
};

std::string read_all(Source& source) {
  std::string text;
  std::vector<std::byte> buffer(1000);
  while (const std::size_t got = source.read(buffer)) text += test::text_of(std::span(buffer).first(got));
  return text;
}

}  // namespace

TEST_CASE("digests on the side are those of all that came, in pieces of any size, with any number of threads") {
  std::mt19937_64 random(11);
  std::string text(std::size_t{5} << 20, '\0');
  for (char& byte : text) byte = static_cast<char>(random());
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{256} << 10, (std::size_t{2} << 20) + 1, text.size()}) {
    const auto bytes = test::bytes_of(text).first(size);
    jujubackup::Digest sha1(jujubackup::Digest::Kind::sha1), sha256(jujubackup::Digest::Kind::sha256);
    sha1.update(bytes);
    sha256.update(bytes);
    const std::string expected_sha1 = sha1.finish_base64(), expected_sha256 = sha256.finish_hex();
    for (const unsigned threads : {1U, 2U, 8U}) {
      for (const std::size_t piece_bytes : {std::size_t{999}, std::size_t{300'000}, std::size_t{6} << 20}) {
        jujubackup::MemorySink below(text.size());
        jujubackup::DigestingSink sink(below, threads);
        for (auto rest = bytes; !rest.empty(); rest = rest.subspan(std::min(rest.size(), piece_bytes))) {
          sink.write(rest.first(std::min(rest.size(), piece_bytes)));
        }
        const auto digests = sink.finish();
        CHECK(digests.size_bytes == size);
        CHECK(digests.sha1_base64 == expected_sha1);
        CHECK(digests.sha256_hex == expected_sha256);
        CHECK(std::ranges::equal(below.bytes(), bytes));
      }
    }
  }
}

TEST_CASE("digests on the side that nobody asks for leave no thread behind") {
  const std::string text(std::size_t{3} << 20, 'x');
  for (int i = 0; i < 20; ++i) {
    jujubackup::SideDigests digests(4);
    digests.update(test::bytes_of(text));
  }
}

TEST_CASE("what may be encrypted is read either way") {
  const jujubackup::NewIdentity made = jujubackup::make_identity();
  jujubackup::Recipients recipients;
  recipients.add(made.recipient);
  jujubackup::Identities fitting, others;
  const jujubackup::Identities none;
  fitting.add(made.secret.text());
  others.add(jujubackup::make_identity().secret.text());
  const std::string plain = "what is to be read";
  for (const bool armor : {false, true}) {
    jujubackup::MemorySink out(std::size_t{1} << 20);
    const auto sink = jujubackup::encrypting_sink(out, recipients, {.armor = armor});
    sink->write(test::bytes_of(plain));
    sink->finish();
    const std::string encrypted = out.text();
    const auto open = [&](const std::string& text, bool pipe) {
      return pipe ? std::unique_ptr<Source>(std::make_unique<Pipe>(text)) : jujubackup::source_of_memory(test::bytes_of(text), "memory");
    };
    for (const bool pipe : {false, true}) {
      for (const std::string& text : {plain, std::string(), std::string("age-encryption"), std::string(100, 'x')}) {
        CHECK(read_all(*jujubackup::decrypted(open(text, pipe), nullptr)) == text);
        CHECK(read_all(*jujubackup::decrypted(open(text, pipe), &fitting)) == text);
      }
      CHECK(read_all(*jujubackup::decrypted(open(encrypted, pipe), &fitting)) == plain);
      const std::string needed = std::string(pipe ? "the pipe" : "memory") + " is encrypted: an identity is needed";
      for (const jujubackup::Identities* identities : {static_cast<const jujubackup::Identities*>(nullptr), &none}) {
        const auto error = test::error_of([&] { jujubackup::decrypted(open(encrypted, pipe), identities); });
        REQUIRE(error);
        CHECK(error->code() == ErrorCode::permission);
        CHECK(error->message() == needed);
      }
      const auto other = test::error_of([&] { jujubackup::decrypted(open(encrypted, pipe), &others); });
      REQUIRE(other);
      CHECK(other->code() == ErrorCode::permission);
      // An archive is not looked for in it.
      const auto archive = test::error_of([&] { jujubackup::Archive::open(open(encrypted, pipe)); });
      REQUIRE(archive);
      CHECK(archive->code() == ErrorCode::permission);
      CHECK(archive->message() == needed);
    }
  }
}
