#include <doctest/doctest.h>

#include "age_support.hpp"

using namespace test;
using jujubackup::ErrorCode;

namespace {

const std::string payload = std::string(nonce_text) + chunk(0, true, "age");
const std::string version = "age-encryption.org/v1\n";

// `text` is the header up to the MAC, which is made to match.
std::string file_with(const std::string& text) { return sealed_header(text) + payload; }

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

void check_refused(const std::string& name, const std::string& file, ErrorCode code, const std::string& text, const Identities& with) {
  CAPTURE(name);
  for (const bool random_access : {false, true}) {
    for (const std::size_t piece : {SIZE_MAX, std::size_t{1}}) {
      const Refusal found = refusal(file, with, random_access, piece);
      CHECK(found.code == code);
      CHECK_MESSAGE(found.message.find(text) != std::string::npos, found.message);
      CHECK(found.before.empty());
    }
  }
}

}  // namespace

TEST_CASE("age: headers that are good") {
  const std::string stanza = open_header_text({x25519_stanza()}).substr(version.size());
  const std::string cases[] = {
      stanza,
      // Others' recipients, whatever they are: no body, a body that fills its line, every character.
      "-> empty\n\n" + stanza,
      "-> full\n" + std::string(64, 'A') + "\n\n" + stanza,
      "-> two-lines\n" + std::string(64, 'A') + "\nAA\n" + stanza,
      stanza + "-> !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~ another\nAAAA\n",
      "-> x25519 AAAA\nAAAA\n" + stanza,  // kinds have a case
      "-> SCRYPT AAAA 10\nAAAA\n" + stanza,
  };
  const Identities with = identities();
  for (const std::string& text : cases) {
    CAPTURE(text);
    CHECK(decrypt(file_with(version + text), with) == "age");
    CHECK(decrypt(file_with(version + text), with, true, 1) == "age");
  }
}

TEST_CASE("age: headers that are malformed") {
  const Identities with = identities();
  const std::string stanza = open_header_text({x25519_stanza()}).substr(version.size());
  struct Case {
    std::string name;
    std::string text;  // behind the version
    std::string message;
  };
  const std::string body = stanza.substr(stanza.find('\n') + 1);  // with its line end
  const std::string arguments = stanza.substr(0, stanza.find('\n'));
  const Case cases[] = {
      {"no recipient", "", "has no recipient"},
      {"no arrow", "X25519 " + body + stanza, "neither a recipient nor the MAC"},
      {"arrow without a space", "->X25519 A\nAAAA\n" + stanza, "neither a recipient nor the MAC"},
      {"no arguments", "-> \nAAAA\n" + stanza, "an argument is malformed"},
      {"an empty argument", "-> a  b\nAAAA\n" + stanza, "an argument is malformed"},
      {"a space at the end", "-> a \nAAAA\n" + stanza, "an argument is malformed"},
      {"a character that is not ASCII", "-> a \xc3\xa9\nAAAA\n" + stanza, "an argument is malformed"},
      {"a control character", "-> a\tb\nAAAA\n" + stanza, "an argument is malformed"},
      {"a carriage return behind arguments", arguments + "\r\n" + body, "an argument is malformed"},
      {"no body", "-> a\n" + stanza, "not canonical base64"},
      {"no short line at the end", "-> a\n" + std::string(64, 'A') + "\n" + stanza, "not canonical base64"},
      {"an empty line too many", "-> a\nAAAA\n\n" + stanza, "neither a recipient nor the MAC"},
      {"several short lines", "-> a\nAAAA\nAAAA\n" + stanza, "neither a recipient nor the MAC"},
      {"a long line", "-> a\n" + std::string(68, 'A') + "\n" + stanza, "longer than 64"},
      {"padding", "-> a\nAA==\n" + stanza, "not canonical base64"},
      {"unused bits", "-> a\nAB\n" + stanza, "not canonical base64"},
      {"a carriage return behind the body", "-> a\nAAAA\r\n" + stanza, "not canonical base64"},
      {"a line end alone", "\n" + stanza, "neither a recipient nor the MAC"},
      // X25519
      {"no share", "-> X25519\n" + body, "of the kind X25519 in the header is malformed"},
      {"an argument too many", arguments + " more\n" + body, "of the kind X25519 in the header is malformed"},
      {"a short share", "-> X25519 " + std::string(42, 'A') + "\n" + body, "of the kind X25519 in the header is malformed"},
      {"a long share", arguments + "A\n" + body, "of the kind X25519 in the header is malformed"},
      {"a share with unused bits", arguments.substr(0, arguments.size() - 1) + "B\n" + body,
       "of the kind X25519 in the header is malformed"},
      {"a share of zeros", "-> X25519 " + std::string(43, 'A') + "\n" + body, "of the kind X25519 in the header is malformed"},
      {"a body that is too long", arguments + "\n" + std::string(44, 'A') + "\n", "of the kind X25519 in the header is malformed"},
      {"a body that is too short", arguments + "\nAAAA\n", "of the kind X25519 in the header is malformed"},
  };
  for (const Case& c : cases) check_refused(c.name, file_with(version + c.text), ErrorCode::corrupt, c.message, with);

  // A long file key, wrapped as it should be, would let one file open to several keys.
  age::Stanza longer = x25519_stanza();
  longer.body.push_back(std::byte{});
  check_refused("a long file key", file_with(open_header_text({longer})), ErrorCode::corrupt, "malformed", with);
}

TEST_CASE("age: the MAC of the header") {
  const Identities with = identities();
  const std::string good = good_header();
  const std::string mac = good.substr(good.rfind("--- ") + 4, 43);
  const std::string text = good.substr(0, good.rfind("---"));
  const std::string wrong = "does not match its MAC";
  const std::string malformed = "the MAC line of the header is malformed";
  check_refused("another", text + "--- " + std::string(43, 'A') + "\n" + payload, ErrorCode::corrupt, wrong, with);
  // Everything in the header counts, also what is not ours.
  check_refused("a recipient taken in", replaced(good, "--- ", "-> more\nAAAA\n--- ") + payload, ErrorCode::corrupt, wrong, with);
  check_refused("missing", text + "---\n" + payload, ErrorCode::corrupt, malformed, with);
  check_refused("no space", text + "---" + mac + "\n" + payload, ErrorCode::corrupt, malformed, with);
  check_refused("two spaces", text + "---  " + mac + "\n" + payload, ErrorCode::corrupt, malformed, with);
  check_refused("a space behind", text + "--- " + mac + " \n" + payload, ErrorCode::corrupt, malformed, with);
  check_refused("a carriage return behind", text + "--- " + mac + "\r\n" + payload, ErrorCode::corrupt, malformed, with);
  check_refused("short", text + "--- " + mac.substr(1) + "\n" + payload, ErrorCode::corrupt, malformed, with);
  check_refused("padded", text + "--- " + mac + "=\n" + payload, ErrorCode::corrupt, malformed, with);
  check_refused("unused bits", text + "--- " + std::string(42, 'A') + "B\n" + payload, ErrorCode::corrupt, malformed, with);
  check_refused("no base64", text + "--- " + std::string(43, '*') + "\n" + payload, ErrorCode::corrupt, malformed, with);
  // Whatever byte of the header is changed: no content comes out.
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string changed = good;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    const Refusal found = refusal(changed + payload, with);
    CAPTURE(at);
    CHECK(found.code.has_value());
    CHECK(found.before.empty());
  }
  // Wherever it is cut.
  for (std::size_t size = 0; size < good.size(); ++size) {
    CAPTURE(size);
    CHECK(refusal(good.substr(0, size), with).code == ErrorCode::corrupt);
  }
}

TEST_CASE("age: versions") {
  const Identities with = identities();
  const std::string good = good_header() + payload;
  check_refused("later", replaced(good, "/v1", "/v2"), ErrorCode::unsupported, "version \"age-encryption.org/v2\"", with);
  check_refused("longer", replaced(good, "/v1", "/v1.5"), ErrorCode::unsupported, "version", with);
  check_refused("a carriage return", replaced(good, "/v1\n", "/v1\r\n"), ErrorCode::corrupt, "the version line of the header is malformed",
                with);
  check_refused("another file", "\x1f\x8b" + good, ErrorCode::corrupt, "not an age file", with);
  check_refused("empty", "", ErrorCode::corrupt, "not an age file", with);
}

TEST_CASE("age: limits of the header") {
  const Identities with = identities();
  std::string many = version;
  for (std::size_t i = 0; i < 1001; ++i) many += "-> a\n\n";
  check_refused("many", file_with(many), ErrorCode::limit, "more than 1000 recipients", with);
  check_refused("a long line", version + "-> " + std::string(std::size_t{2} << 20, 'a'), ErrorCode::limit, "longer than 1048576 bytes",
                with);
  std::string long_body = version + "-> a\n";
  for (std::size_t i = 0; i < 20000; ++i) long_body += std::string(64, 'A') + "\n";
  CHECK(refusal(long_body, with).code == ErrorCode::limit);
}

TEST_CASE("age: identities that do not match") {
  Identities with;
  with.add(jujubackup::make_identity().secret.text());
  const std::string file = good_header() + payload;
  check_refused("another identity", file, ErrorCode::permission, "no identity matches any of the recipients", with);
  check_refused("none", file, ErrorCode::permission, "no identity matches any of the recipients", Identities());
  Identities passphrase;
  passphrase.set_passphrase(Secret("secret"));
  check_refused("a passphrase", file, ErrorCode::permission, "no identity matches any of the recipients", passphrase);
  // With the right one behind it.
  with.add(identity_text());
  CHECK(decrypt(file, with) == "age");
}

TEST_CASE("age: passphrases") {
  const Secret passphrase("secret");
  age::Stanza stanza = age::wrap_with_passphrase(passphrase, 10, file_key());
  Identities with = identities();
  with.set_passphrase(passphrase.copy(), 12);
  const std::string salt = stanza.arguments[1];
  const auto file_of = [&](std::vector<std::string> arguments) {
    age::Stanza changed = stanza;
    changed.arguments = std::move(arguments);
    return header_text({changed}) + payload;
  };
  CHECK(decrypt(file_of({"scrypt", salt, "10"}), with) == "age");

  const std::string alone = "a passphrase beside other recipients";
  check_refused("and X25519", header_text({stanza, x25519_stanza()}) + payload, ErrorCode::corrupt, alone, with);
  check_refused("behind X25519", header_text({x25519_stanza(), stanza}) + payload, ErrorCode::corrupt, alone, with);
  check_refused("and X25519, for which there is an identity", header_text({x25519_stanza(), stanza}) + payload, ErrorCode::corrupt, alone,
                identities());
  check_refused("twice", header_text({stanza, stanza}) + payload, ErrorCode::corrupt, alone, with);

  for (const char* factor : {"13", "23", "64", "4294967306", "99999999999999999999999999"}) {
    check_refused(factor, file_of({"scrypt", salt, factor}), ErrorCode::limit, "above the limit of 12", with);
  }
  check_refused("another factor", file_of({"scrypt", salt, "11"}), ErrorCode::permission, "the passphrase is wrong", with);
  const std::string malformed = "of the kind scrypt in the header is malformed";
  for (const char* factor : {"0", "010", "-10", "+10", "0xa", "a", "10a", "1O", "1_0"}) {
    check_refused(factor, file_of({"scrypt", salt, factor}), ErrorCode::corrupt, malformed, with);
  }
  check_refused("no factor", file_of({"scrypt", salt}), ErrorCode::corrupt, malformed, with);
  check_refused("no salt", file_of({"scrypt", "10"}), ErrorCode::corrupt, malformed, with);
  check_refused("more", file_of({"scrypt", salt, "10", "10"}), ErrorCode::corrupt, malformed, with);
  check_refused("a long salt", file_of({"scrypt", salt + "A", "10"}), ErrorCode::corrupt, malformed, with);
  check_refused("a short salt", file_of({"scrypt", salt.substr(1), "10"}), ErrorCode::corrupt, malformed, with);
  check_refused("a salt with unused bits", file_of({"scrypt", std::string(21, 'A') + "B", "10"}), ErrorCode::corrupt, malformed, with);
  age::Stanza longer = stanza;
  longer.body.push_back(std::byte{});
  check_refused("a long file key", header_text({longer}) + payload, ErrorCode::corrupt, malformed, with);

  Identities other;
  other.set_passphrase(Secret("secrets"));
  check_refused("wrong", file_of({"scrypt", salt, "10"}), ErrorCode::permission, "the passphrase is wrong", other);
  check_refused("none", file_of({"scrypt", salt, "10"}), ErrorCode::permission, "encrypted to a passphrase, and none was given",
                identities());
}
