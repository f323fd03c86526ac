#include <thread>

#include "age_support.hpp"

using namespace test;
using jujubackup::ErrorCode;

namespace {

constexpr std::size_t whole = age::chunk_bytes;

}  // namespace

TEST_CASE("age: payloads that are damaged") {
  const Identities with = identities();
  const std::string header = good_header();
  const std::string begin = header + std::string(nonce_text);
  const std::string text = plain_text(3 * whole);
  const auto part = [&](std::size_t i, std::size_t size) { return text.substr(i * whole, size); };
  const auto flip = [](std::string file, std::size_t at) {
    file[at] = static_cast<char>(file[at] ^ 0x20);
    return file;
  };
  const std::string two = begin + chunk(0, false, part(0, whole)) + chunk(1, true, part(1, 100));
  const std::string two_full = begin + chunk(0, false, part(0, whole)) + chunk(1, true, part(1, whole));

  struct Case {
    std::string name;
    std::string file;
    std::size_t handed_out;  // before the error, by a reader from begin to end
    std::string message;
  };
  const Case cases[] = {
      {"no nonce", header, 0, "cut off behind its header"},
      {"a short nonce", header + std::string(nonce_text.substr(1)), 0, "cut off behind its header"},
      {"another nonce", header + "another nonce..." + two.substr(begin.size()), 0, "chunk 1 is damaged"},
      {"no chunk", begin, 0, "the content is cut off at its begin"},
      {"less than a tag", begin + chunk(0, true, "").substr(1), 0, "the content is cut off at its begin"},
      {"a wrong tag", flip(begin + chunk(0, true, "age"), begin.size() + 10), 0, "chunk 1 is damaged"},
      {"a wrong byte", flip(begin + chunk(0, true, "age"), begin.size()), 0, "chunk 1 is damaged"},
      {"a wrong byte in a full chunk", flip(two, begin.size() + 1000), 0, "chunk 1 is damaged"},
      {"a wrong byte in the second chunk", flip(two, two.size() - 20), whole, "chunk 2 is damaged, or cut off"},
      {"a wrong byte in a full second chunk", flip(two_full, two_full.size() - 20), whole, "chunk 2 is damaged, or cut off"},
      {"an empty last chunk", begin + chunk(0, false, part(0, whole)) + chunk(1, true, ""), whole, "the last chunk, 2, is empty"},
      {"no last chunk", begin + chunk(0, false, "age"), 0, "the content is cut off behind chunk 1"},
      {"no last chunk, full", begin + chunk(0, false, part(0, whole)), 0, "the content is cut off behind chunk 1"},
      {"no last of two", begin + chunk(0, false, part(0, whole)) + chunk(1, false, part(1, 10)), whole,
       "the content is cut off behind chunk 2"},
      {"no last of two, full", begin + chunk(0, false, part(0, whole)) + chunk(1, false, part(1, whole)), whole,
       "the content is cut off behind chunk 2"},
      {"two last chunks", begin + chunk(0, true, part(0, whole)) + chunk(1, true, part(1, 10)), 0,
       "there is data behind the last chunk, 1"},
      {"a full last chunk and more", two_full + std::string(100, 'x'), whole, "there is data behind the last chunk, 2"},
      {"a full last chunk and a little more", two_full + "x", whole, "there is data behind the last chunk, 2"},
      {"a short last chunk and more", two + "x", whole, "chunk 2 is damaged, or cut off"},
      {"a short chunk first", begin + chunk(0, false, "age") + chunk(1, true, "age"), 0, "chunk 1 is damaged, or cut off"},
      {"chunks in another order", begin + chunk(1, false, part(1, whole)) + chunk(0, true, part(0, whole)), 0, "chunk 1 is damaged"},
      {"a chunk twice", begin + chunk(0, false, part(0, whole)) + chunk(0, false, part(0, whole)) + chunk(1, true, "x"), whole,
       "chunk 2 is damaged"},
      {"a chunk left out", begin + chunk(0, false, part(0, whole)) + chunk(2, true, "x"), whole, "chunk 2 is damaged, or cut off"},
      {"cut in the last chunk", two.substr(0, two.size() - 1), whole, "chunk 2 is damaged, or cut off"},
      {"cut in the last tag", two.substr(0, two.size() - 105), whole, "the content is cut off behind chunk 1"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Refusal in_order = refusal(c.file, with);
    CHECK(in_order.code == ErrorCode::corrupt);
    CHECK_MESSAGE(in_order.message.find(c.message) != std::string::npos, in_order.message);
    CHECK(in_order.before == text.substr(0, c.handed_out));
    // With random access the end is looked at first, so most of this is seen before anything was handed out.
    const Refusal at_once = refusal(c.file, with, true);
    CHECK(at_once.code == ErrorCode::corrupt);
    CHECK_MESSAGE(at_once.message.find(c.message) != std::string::npos, at_once.message);
    CHECK(text.starts_with(at_once.before));
    CHECK(refusal(c.file, with, false, 1000).before == text.substr(0, c.handed_out));
  }
  CHECK(decrypt(two, with) == text.substr(0, whole + 100));
  CHECK(decrypt(two_full, with) == text.substr(0, 2 * whole));
}

TEST_CASE("age: behind an error there is nothing") {
  const std::string text = plain_text(3 * whole);
  std::string file = good_header() + std::string(nonce_text) + chunk(0, false, text.substr(0, whole)) +
                     chunk(1, false, text.substr(whole, whole)) + chunk(2, true, text.substr(2 * whole));
  file[file.size() - whole - 100] = static_cast<char>(file[file.size() - whole - 100] ^ 1);  // in the second of three
  const auto source = jujubackup::decrypting_source(std::make_unique<TextSource>(file), identities());
  std::string got;
  CHECK_THROWS_AS(read_all(*source, got), jujubackup::Error);
  CHECK(got == text.substr(0, whole));
  std::vector<std::byte> more(10);
  CHECK(source->read(more) == 0);
  // Another try says the same.
  source->rewind();
  got.clear();
  CHECK_THROWS_AS(read_all(*source, got, 77), jujubackup::Error);
  CHECK(got == text.substr(0, whole));
}

TEST_CASE("age: there and back, at sizes around the borders of chunks and in pieces of any size") {
  Recipients to;
  to.add(recipient_text());
  const Identities with = identities();
  const std::size_t sizes[] = {0, 1, 15, 16, 17, whole - 1, whole, whole + 1, 2 * whole - 1, 2 * whole, 2 * whole + 1, 5 * whole, 300000};
  for (const std::size_t size : sizes) {
    const std::string text = plain_text(size);
    CAPTURE(size);
    const std::string file = encrypt(text, to);
    CHECK(decrypt(file, with) == text);
    CHECK(decrypt(file, with, true) == text);
    CHECK(decrypt(encrypt(text, to, true), with) == text);
    CHECK(decrypt(encrypt(text, to, true, 1000), with, true, 1000) == text);
    CHECK(decrypt(encrypt(text, to, false, whole), with, false, whole) == text);
    if (size > 2 * whole) continue;
    CHECK(decrypt(encrypt(text, to, false, 1), with, false, 1) == text);
    CHECK(decrypt(encrypt(text, to, true, 1), with, false, 1) == text);
  }
}

TEST_CASE("age: random access, and a second time from the begin") {
  const std::string text = plain_text(5 * whole + 1234);
  Recipients to;
  to.add(recipient_text());
  const auto source = jujubackup::decrypting_source(std::make_unique<TextSource>(encrypt(text, to), true, 5000), identities());
  REQUIRE(source->random_access());
  CHECK(source->size() == text.size());
  const auto check_at = [&](std::size_t offset, std::size_t size) {
    std::vector<std::byte> out(size);
    out.resize(source->read_at(offset, out));
    return text_of(out) == (offset < text.size() ? text.substr(offset, size) : "");
  };
  for (const std::size_t offset : {std::size_t{0}, std::size_t{1}, whole - 1, whole, whole + 1, 2 * whole - 5, 5 * whole, 5 * whole + 1233,
                                   5 * whole + 1234, 6 * whole, std::size_t{1} << 40}) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{10}, whole, 3 * whole}) {
      CAPTURE(offset);
      CAPTURE(size);
      CHECK(check_at(offset, size));
    }
  }
  // Reading in order has a place of its own.
  for (int i = 0; i < 2; ++i) {
    std::string out;
    std::vector<std::byte> some(1000);
    REQUIRE(source->read(some) == some.size());
    CHECK(check_at(4 * whole, 100));
    out = text_of(some);
    read_all(*source, out);
    CHECK(out == text);
    source->rewind();
  }
  std::vector<char> good(4, 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < good.size(); ++t) {
    threads.emplace_back([&, t] {
      bool all = true;
      for (std::size_t i = 0; i < 200; ++i) all = check_at((i * 7919 + t * 40000) % text.size(), 3000) && all;
      good[t] = all ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(std::ranges::count(good, 1) == 4);
}

TEST_CASE("age: an armored file or a pipe has no random access, but can be read again") {
  const std::string text = plain_text(whole + 5);
  Recipients to;
  to.add(recipient_text());
  for (const bool armor : {false, true}) {
    const auto source = jujubackup::decrypting_source(std::make_unique<TextSource>(encrypt(text, to, armor), armor), identities());
    CHECK_FALSE(source->random_access());
    CHECK_FALSE(source->size());
    CHECK(source->name() == "test.age");
    for (int i = 0; i < 2; ++i) {
      std::string out;
      read_all(*source, out);
      CHECK(out == text);
      source->rewind();
    }
  }
}

TEST_CASE("age: writing") {
  Recipients none;
  jujubackup::MemorySink out(1000000);
  CHECK_THROWS_WITH_AS(jujubackup::encrypting_sink(out, none), "no recipients to encrypt to", jujubackup::Error);
  Recipients to;
  to.add(recipient_text());
  {
    const auto sink = jujubackup::encrypting_sink(out, to);
    sink->write(bytes_of(plain_text(whole)));
  }
  // Not ended: what there is of it is not a whole file.
  CHECK(refusal(out.text(), identities()).code == ErrorCode::corrupt);
  const auto sink = jujubackup::encrypting_sink(out, to);
  sink->finish();
  CHECK_THROWS_AS(sink->finish(), jujubackup::Error);
  CHECK_THROWS_AS(sink->write(bytes_of("x")), jujubackup::Error);
  // Twice the same content: nothing is the same but the form.
  const std::string a = encrypt("content", to);
  const std::string b = encrypt("content", to);
  CHECK(a.size() == b.size());
  CHECK(a.substr(a.size() - 23) != b.substr(b.size() - 23));
}

TEST_CASE("age: what can be told without a key") {
  const std::string text = plain_text(whole + 5);
  Recipients to;
  to.add(recipient_text());
  to.add(recipient_text());
  for (const bool armor : {false, true}) {
    const std::string file = encrypt(text, to, armor);
    CHECK(jujubackup::is_encrypted(bytes_of(file).first(64)));
    TextSource source(file);
    const jujubackup::EncryptedFacts facts = jujubackup::inspect_encrypted(source);
    CHECK(facts.armored == armor);
    CHECK(facts.recipient_kinds == std::vector<std::string>{"X25519", "X25519"});
    CHECK(facts.content_bytes == text.size());
    TextSource cut(file.substr(0, 200));
    CHECK_THROWS_AS(jujubackup::inspect_encrypted(cut), jujubackup::Error);
  }
  for (const char* other : {"", "age-encryption.org", "AGE-encryption.org/v1", "\x1f\x8b", "-----BEGIN AGE", "\n\n"}) {
    CHECK_FALSE(jujubackup::is_encrypted(bytes_of(other)));
  }
  CHECK(jujubackup::is_encrypted(bytes_of("\r\n -----BEGIN AGE ENCRYPTED FILE-----\n")));
  TextSource plain("plain");
  CHECK_THROWS_WITH_AS(jujubackup::inspect_encrypted(plain), "looking at test.age: this is not an age file", jujubackup::Error);
}
