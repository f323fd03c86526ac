#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "age_support.hpp"
#include "base/encoding.hpp"
#include "crypto/age/openssl.hpp"
#include "crypto/age/ssh_wire.hpp"

using namespace test;
using jujubackup::Error;
using jujubackup::ErrorCode;

namespace {

template <typename Function>
Refusal refused(const Function& function) {
  Refusal found;
  try {
    function();
  } catch (const Error& error) {
    found.code = error.code();
    found.message = error.what();
  }
  return found;
}

std::vector<std::byte> as_vector(std::string_view text) { return {bytes_of(text).begin(), bytes_of(text).end()}; }

void append(std::vector<std::byte>& out, std::string_view text) { age::append_string(out, bytes_of(text)); }

// A key in OpenSSH's form, unprotected unless `cipher` says otherwise.
std::string openssh_key(std::string_view kind, const std::vector<std::byte>& wire, const std::vector<std::byte>& values,
                        std::string_view cipher = "none", std::string_view check = "samesame") {
  std::vector<std::byte> secret = as_vector(check);
  append(secret, kind);
  secret.insert(secret.end(), values.begin(), values.end());
  append(secret, "a comment");
  for (unsigned pad = 1; secret.size() % 8 != 0; ++pad) secret.push_back(static_cast<std::byte>(pad));
  std::vector<std::byte> all = as_vector({"openssh-key-v1\0", 15});
  append(all, cipher);
  append(all, "none");
  append(all, "");
  for (const int b : {0, 0, 0, 1}) all.push_back(static_cast<std::byte>(b));
  age::append_string(all, wire);
  age::append_string(all, secret);
  const std::string text = jujubackup::to_base64(all);
  std::string out = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
  for (std::size_t at = 0; at < text.size(); at += 70) out += text.substr(at, 70) + "\n";
  return out + "-----END OPENSSH PRIVATE KEY-----\n";
}

struct SshKey {
  std::string public_line, private_text;
};

SshKey ed25519_key() {
  const auto seed = bytes_of(scalar_text);
  const age::KeyPtr key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, age::chars(seed), seed.size()));
  age::Key32 point{};
  std::size_t size = point.size();
  REQUIRE(EVP_PKEY_get_raw_public_key(key.get(), age::chars(point), &size) == 1);
  std::vector<std::byte> wire;
  append(wire, "ssh-ed25519");
  age::append_string(wire, point);
  std::vector<std::byte> values;
  age::append_string(values, point);
  append(values, std::string(scalar_text) + text_of(point));
  return {"ssh-ed25519 " + jujubackup::to_base64(wire) + " a comment", openssh_key("ssh-ed25519", wire, values)};
}

std::string pem_of(EVP_PKEY* key, const EVP_CIPHER* cipher, bool traditional) {
  const age::BioPtr bio(BIO_new(BIO_s_mem()));
  const std::string password = "secret";
  const int length = cipher == nullptr ? 0 : static_cast<int>(password.size());
  REQUIRE((traditional ? PEM_write_bio_PrivateKey_traditional(
                             bio.get(), key, cipher, reinterpret_cast<const unsigned char*>(password.data()), length, nullptr, nullptr)
                       : PEM_write_bio_PrivateKey(bio.get(), key, cipher, reinterpret_cast<const unsigned char*>(password.data()), length,
                                                  nullptr, nullptr)) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::vector<std::byte> magnitude(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  REQUIRE(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  const age::NumberPtr owned(number);
  std::vector<std::byte> out(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, age::chars(std::span(out)));
  return out;
}

SshKey rsa_key(const EVP_PKEY* key) {
  std::vector<std::byte> wire;
  append(wire, "ssh-rsa");
  age::append_positive(wire, magnitude(key, "e"));
  age::append_positive(wire, magnitude(key, "n"));
  std::vector<std::byte> values;
  for (const char* name : {"n", "e", "d", "rsa-coefficient1", "rsa-factor1", "rsa-factor2"})
    age::append_positive(values, magnitude(key, name));
  return {"ssh-rsa " + jujubackup::to_base64(wire), openssh_key("ssh-rsa", wire, values)};
}

void check_round_trip(const std::string& recipient, const std::string& identity) {
  Recipients to;
  to.add(jujubackup::make_identity().recipient);
  to.add(recipient);
  Identities with;
  with.add(identity);
  const std::string file = encrypt("content", to);
  CHECK(decrypt(file, with) == "content");
  CHECK(refusal(file, identities()).code == ErrorCode::permission);
}

}  // namespace

TEST_CASE("age: keys of its own") {
  const jujubackup::NewIdentity made = jujubackup::make_identity();
  CHECK(made.secret.text().starts_with("AGE-SECRET-KEY-1"));
  CHECK(made.secret.size() == 74);
  CHECK(made.recipient.size() == 62);
  check_round_trip(made.recipient, std::string(made.secret.text()));
  CHECK(jujubackup::make_identity().recipient != made.recipient);
}

TEST_CASE("age: recipients that are none") {
  const std::string ed = ed25519_key().public_line;
  std::string typo = recipient_text();
  typo.back() = typo.back() == 'q' ? 'p' : 'q';
  std::string upper = recipient_text();
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  std::vector<std::byte> wire;
  append(wire, "ssh-ed25519");
  std::vector<std::byte> other_point = wire;
  age::Key32 no_point{};
  no_point[0] = std::byte{2};  // y = 2 has no x
  age::append_string(other_point, no_point);
  std::vector<std::byte> too_large = wire;
  age::Key32 large{};
  large.fill(std::byte{0xff});
  age::append_string(too_large, large);
  std::vector<std::byte> neutral = wire;
  age::Key32 one{};
  one[0] = std::byte{1};
  age::append_string(neutral, one);
  const age::KeyPtr small(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{1024}));

  struct Case {
    std::string text;
    ErrorCode code;
    const char* message;
  };
  const Case cases[] = {
      {"", ErrorCode::invalid_argument, "neither age1... nor an SSH public key"},
      {"hunter2", ErrorCode::invalid_argument, "neither age1... nor an SSH public key"},
      {typo, ErrorCode::invalid_argument, "with a mistake in it"},
      {recipient_text().substr(0, 60), ErrorCode::invalid_argument, "with a mistake in it"},
      {std::string(age::encode_bech32("age", bytes_of("short")).text()), ErrorCode::invalid_argument, "with a mistake in it"},
      {upper, ErrorCode::invalid_argument, "neither age1... nor an SSH public key"},
      {identity_text(), ErrorCode::invalid_argument, "this is a secret key, not a recipient"},
      {"ssh-ed25519", ErrorCode::invalid_argument, "malformed ssh-ed25519 key"},
      {"ssh-ed25519 AAAA", ErrorCode::invalid_argument, "malformed ssh-ed25519 key"},
      {"ssh-ed25519 " + jujubackup::to_base64(wire), ErrorCode::invalid_argument, "malformed ssh-ed25519 key"},
      {"ssh-ed25519 " + jujubackup::to_base64(other_point), ErrorCode::invalid_argument, "no point of the curve"},
      {"ssh-ed25519 " + jujubackup::to_base64(too_large), ErrorCode::invalid_argument, "no point of the curve"},
      {"ssh-ed25519 " + jujubackup::to_base64(neutral), ErrorCode::invalid_argument, "no point of the curve"},
      {"ssh-rsa" + ed.substr(ed.find(' ')), ErrorCode::invalid_argument, "malformed ssh-rsa key"},
      {rsa_key(small.get()).public_line, ErrorCode::invalid_argument, "fewer than 2048 bits"},
      {"ssh-dss AAAA", ErrorCode::unsupported, "SSH keys of this kind"},
      {"ecdsa-sha2-nistp256 AAAA", ErrorCode::unsupported, "SSH keys of this kind"},
      {"sk-ssh-ed25519@openssh.com AAAA", ErrorCode::unsupported, "SSH keys of this kind"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    Recipients to;
    const Refusal found = refused([&] { to.add(c.text); });
    CHECK(found.code == c.code);
    CHECK_MESSAGE(found.message.find(c.message) != std::string::npos, found.message);
    CHECK(to.empty());
    if (c.text.size() > 20 || c.text == "hunter2") CHECK(found.message.find(c.text) == std::string::npos);
  }
  Recipients to;
  for (int i = 0; i < 1000; ++i) to.add(recipient_text());
  CHECK(refused([&] { to.add(recipient_text()); }).code == ErrorCode::limit);
  CHECK(decrypt(encrypt("content", to), identities()) == "content");
}

TEST_CASE("age: a passphrase stands alone") {
  Recipients to;
  CHECK(refused([&] { to.set_passphrase(Secret("")); }).code == ErrorCode::invalid_argument);
  CHECK(refused([&] { to.set_passphrase(Secret("x"), 0); }).code == ErrorCode::invalid_argument);
  CHECK(refused([&] { to.set_passphrase(Secret("x"), 23); }).code == ErrorCode::invalid_argument);
  to.set_passphrase(Secret("secret"), 10);
  CHECK(refused([&] { to.add(recipient_text()); }).code == ErrorCode::invalid_argument);
  Identities with;
  with.set_passphrase(Secret("secret"));
  const std::string file = encrypt("content", to);
  CHECK(decrypt(file, with) == "content");
  CHECK(decrypt(encrypt("content", to, true), with) == "content");
  with.set_passphrase(Secret("secret"), 9);
  CHECK(refusal(file, with).code == ErrorCode::limit);
  Recipients other;
  other.add(recipient_text());
  CHECK(refused([&] { other.set_passphrase(Secret("secret")); }).code == ErrorCode::invalid_argument);
}

TEST_CASE("age: files with keys") {
  const Scratch scratch;
  const std::string ed = ed25519_key().public_line;
  write_file(scratch / "recipients", "# one of each\n\n  " + recipient_text() + "\t\r\n" + ed + "\n#end");
  Recipients to;
  to.add_file(scratch / "recipients");
  Identities with;
  write_file(scratch / "identities", "# created: today\r\n# public key: " + recipient_text() + "\r\n" + identity_text() + "\r\n");
  with.add_file(scratch / "identities");
  CHECK(decrypt(encrypt("content", to), with) == "content");

  struct Case {
    const char* text;
    ErrorCode code;
    const char* as_recipients;  // null: not looked at
    const char* as_identities;
  };
  const Case cases[] = {
      {"", ErrorCode::invalid_argument, "no recipient in it", "no identity in it"},
      {"# nothing\n", ErrorCode::invalid_argument, "no recipient in it", "no identity in it"},
      {"\n\nhunter2\n", ErrorCode::invalid_argument, "line 3: malformed recipient", "line 3: malformed identity"},
      {"age1qqq", ErrorCode::invalid_argument, "line 1: malformed recipient", "line 1: this is a recipient, not its secret key"},
      {"AGE-SECRET-KEY-1QQQ", ErrorCode::invalid_argument, "line 1: this is a secret key", "line 1: malformed identity"},
      {"age-encryption.org/v1\n", ErrorCode::unsupported, nullptr, "themselves encrypted"},
      {"-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2", ErrorCode::invalid_argument, nullptr, "malformed SSH private key"},
      {"-----BEGIN RSA PRIVATE KEY-----\nhunter2", ErrorCode::invalid_argument, nullptr, "malformed SSH private key"},
  };
  const std::string path = scratch / "file";
  for (const Case& c : cases) {
    CAPTURE(c.text);
    write_file(path, c.text);
    Recipients recipients;
    Identities found;
    const Refusal wrong_recipients = refused([&] { recipients.add_file(path); });
    const Refusal wrong_identities = refused([&] { found.add_file(path); });
    CHECK(wrong_identities.code == c.code);
    CHECK_MESSAGE(wrong_identities.message.find(c.as_identities) != std::string::npos, wrong_identities.message);
    CHECK(wrong_identities.message.starts_with("identities in " + path + ": "));
    CHECK(wrong_identities.message.find("hunter2") == std::string::npos);
    if (c.as_recipients == nullptr) continue;
    CHECK(wrong_recipients.code == c.code);
    CHECK_MESSAGE(wrong_recipients.message.find(c.as_recipients) != std::string::npos, wrong_recipients.message);
    CHECK(wrong_recipients.message.starts_with("recipients in " + path + ": "));
    CHECK(wrong_recipients.message.find("hunter2") == std::string::npos);
  }
  CHECK(refused([&] { with.add_file(scratch / "none"); }).code == ErrorCode::not_found);
  write_file(path, std::string(1 << 20, '\n') + "x");
  CHECK(refused([&] { with.add_file(path); }).code == ErrorCode::limit);
}

TEST_CASE("age: SSH keys, Ed25519") {
  const SshKey key = ed25519_key();
  check_round_trip(key.public_line, key.private_text);
  // OpenSSL's form of the same.
  const auto seed = bytes_of(scalar_text);
  const age::KeyPtr made(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, age::chars(seed), seed.size()));
  check_round_trip(key.public_line, pem_of(made.get(), nullptr, false));
  // Wherever it is cut there is no key in it.
  for (std::size_t size = 12; size + 35 < key.private_text.size(); ++size) {
    Identities with;
    CHECK(refused([&] { with.add(key.private_text.substr(0, size)); }).code == ErrorCode::invalid_argument);
    CHECK(refused([&] { with.add(key.private_text.substr(0, size) + "\n-----END OPENSSH PRIVATE KEY-----\n"); }).code.has_value());
  }
}

TEST_CASE("age: SSH keys, RSA, in each of their forms") {
  const age::KeyPtr made(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}));
  const SshKey key = rsa_key(made.get());
  check_round_trip(key.public_line, key.private_text);
  check_round_trip(key.public_line, pem_of(made.get(), nullptr, false));
  check_round_trip(key.public_line, pem_of(made.get(), nullptr, true));
  Identities with;
  for (const bool traditional : {false, true}) {
    const Refusal found = refused([&] { with.add(pem_of(made.get(), EVP_aes_128_cbc(), traditional)); });
    CHECK(found.code == ErrorCode::unsupported);
    CHECK(found.message.find("is protected by a passphrase") != std::string::npos);
  }
}

TEST_CASE("age: private SSH keys that cannot be used") {
  std::vector<std::byte> wire;
  append(wire, "ssh-ed25519");
  std::vector<std::byte> values;
  append(values, std::string(32, 'p'));
  append(values, std::string(32, 's') + std::string(32, 'q'));
  const age::KeyPtr ec(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  struct Case {
    std::string text;
    ErrorCode code;
    const char* message;
  };
  const Case cases[] = {
      {openssh_key("ssh-ed25519", wire, values, "aes256-ctr"), ErrorCode::unsupported, "is protected by a passphrase"},
      {openssh_key("ssh-ed25519", wire, values, "none", "samesome"), ErrorCode::invalid_argument, "malformed SSH private key"},
      {openssh_key("ssh-ed25519", wire, values), ErrorCode::invalid_argument, "malformed SSH private key"},  // halves that disagree
      {openssh_key("ecdsa-sha2-nistp256", wire, values), ErrorCode::unsupported, "of a kind that cannot be encrypted to"},
      {openssh_key("ssh-rsa", wire, values), ErrorCode::invalid_argument, ""},
      {pem_of(ec.get(), nullptr, false), ErrorCode::unsupported, "of a kind that cannot be encrypted to"},
  };
  for (const Case& c : cases) {
    Identities with;
    const Refusal found = refused([&] { with.add(c.text); });
    CHECK(found.code == c.code);
    CHECK_MESSAGE(found.message.find(c.message) != std::string::npos, found.message);
    CHECK(with.empty());
  }
}

TEST_CASE("age: stanzas for SSH keys that are malformed") {
  const SshKey key = ed25519_key();
  Identities with;
  with.add(key.private_text);
  const age::Stanza good = age::ssh_recipient(key.public_line)->wrap(file_key());
  const auto file_of = [&](std::vector<std::string> arguments, std::vector<std::byte> body) {
    age::Stanza changed;
    changed.arguments = std::move(arguments);
    changed.body = std::move(body);
    return header_text({changed}) + std::string(nonce_text) + chunk(0, true, "age");
  };
  const std::string tag = good.arguments[1];
  const std::string share = good.arguments[2];
  CHECK(decrypt(file_of(good.arguments, good.body), with) == "age");
  CHECK(refusal(file_of({"ssh-ed25519", "AAAAAA", share}, good.body), with).code == ErrorCode::permission);
  CHECK(refusal(file_of({"ssh-ed25519", tag}, good.body), with).code == ErrorCode::corrupt);
  CHECK(refusal(file_of({"ssh-ed25519", tag, share, share}, good.body), with).code == ErrorCode::corrupt);
  CHECK(refusal(file_of({"ssh-ed25519", tag + "A", share}, good.body), with).code == ErrorCode::corrupt);
  CHECK(refusal(file_of({"ssh-ed25519", tag, share.substr(1)}, good.body), with).code == ErrorCode::corrupt);
  CHECK(refusal(file_of({"ssh-ed25519", tag, std::string(43, 'A')}, good.body), with).code == ErrorCode::corrupt);
  CHECK(refusal(file_of(good.arguments, {}), with).code == ErrorCode::corrupt);
  CHECK(refusal(file_of(good.arguments, std::vector<std::byte>(32)), with).code == ErrorCode::permission);
}
