#include "age_support.hpp"

using namespace test;
using jujubackup::ErrorCode;

namespace {

const std::string first = "-----BEGIN AGE ENCRYPTED FILE-----\n";
const std::string last = "-----END AGE ENCRYPTED FILE-----\n";

std::string with_line_ends(std::string text, const std::string& end) {
  std::string out;
  for (const char c : text) out += c == '\n' ? end : std::string(1, c);
  return out;
}

}  // namespace

TEST_CASE("age: armor") {
  Recipients to;
  to.add(recipient_text());
  const Identities with = identities();
  // Once with a last line that is short and padded, once with one that is full.
  const auto last_line = [](const std::string& text) {
    const std::string body = text.substr(0, text.size() - last.size() - 1);
    return body.substr(body.rfind('\n') + 1);
  };
  std::string plain = "a";
  std::string armored = encrypt(plain, to, true);
  while (!armored.ends_with("=\n" + last) || last_line(armored).size() > 60) armored = encrypt(plain += 'a', to, true);
  std::string full_plain = plain;
  std::string full = armored;
  while (full.ends_with("=\n" + last) || last_line(full).size() != 64) full = encrypt(full_plain += 'a', to, true);
  REQUIRE(armored.starts_with(first));
  const std::string body = armored.substr(first.size(), armored.size() - first.size() - last.size());
  const std::string full_body = full.substr(first.size(), full.size() - first.size() - last.size());
  const std::string line = body.substr(0, 65);
  const std::string rest = body.substr(65);

  const auto replaced = [](std::string text, std::string_view what, std::string_view with_what) {
    const std::size_t at = text.rfind(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), with_what);
  };
  const std::string good[] = {
      armored,
      with_line_ends(armored, "\r\n"),
      armored.substr(0, armored.size() - 1),  // no line end at the end
      "\n \t\r\n" + armored + "\n\n \t\r\n",
      std::string(1024, '\n') + armored + std::string(1024, ' '),
      first + body + "-----END AGE ENCRYPTED FILE-----\r\n",
  };
  for (const std::string& file : good) {
    CAPTURE(file);
    CHECK(decrypt(file, with) == plain);
    CHECK(decrypt(file, with, true, 1) == plain);
  }
  CHECK(decrypt(full, with) == full_plain);

  struct Case {
    std::string name;
    std::string file;
    std::string message;
  };
  const Case bad[] = {
      {"nothing inside", first + last, "not an age file"},
      {"an empty line first", first + "\n" + body + last, "empty or not canonical base64"},
      {"an empty line last", first + body + "\n" + last, "follows a short line"},
      {"an empty line behind a full one", first + full_body + "\n" + last, "empty or not canonical base64"},
      {"an empty line inside", first + line + "\n" + rest + last, "empty or not canonical base64"},
      {"garbage in front", "garbage\n" + armored, "not an age file"},
      {"garbage behind", armored + "garbage\n", "there is data behind its end"},
      {"a second file behind", armored + armored, "there is data behind its end"},
      {"too much white space in front", std::string(1025, '\n') + armored, "too much white space"},
      {"too much white space behind", armored + std::string(1025, '\n'), "there is data behind its end"},
      {"garbage inside of the first line", replaced(armored, "FILE-----\n" + line, "FILE----- \n" + line), "first line is malformed"},
      {"another kind of PEM", replaced(armored, "BEGIN AGE ENCRYPTED FILE", "BEGIN PGP MESSAGE"), "not an age file"},
      {"another end", replaced(armored, "END AGE ENCRYPTED FILE", "END PGP MESSAGE"), ""},
      {"lower case", replaced(armored, "BEGIN AGE", "BEGIN age"), "not an age file"},
      {"headers", first + "Headers: are\nnot: allowed\n\n" + body + last, "empty or not canonical base64"},
      {"no end", first + body, "armor: it is cut off"},
      {"half an end", first + body + "-----END AGE", "armor: it is cut off"},
      {"no end, and no line end", first + body.substr(0, body.size() - 1), "armor: it is cut off"},
      {"no padding", replaced(armored, "=\n", "\n"), "not canonical base64"},
      {"a checksum", first + body + "=AAAA\n" + last, "follows a short line"},
      {"a line end in the padding", replaced(armored, "=\n", "\n=\n"), "not canonical base64"},
      {"a long line", first + line.substr(0, 64) + rest + last, "longer than 64 characters"},
      {"a very long line", first + std::string(100000, 'A') + "\n" + last, "longer than 64 characters"},
      {"a short line", first + line.substr(0, 60) + "\n" + line.substr(60) + rest + last, "follows a short line"},
      {"white space at the end of a line", first + line.substr(0, 64) + " \n" + rest + last, "longer than 64 characters"},
      {"white space at the end of the last line", replaced(armored, "=\n", "= \n"), "not canonical base64"},
      {"white space at the begin of a line", first + " " + line + rest + last, "longer than 64 characters"},
      {"a character that is none", first + "*" + line.substr(1) + rest + last, "not canonical base64"},
      {"a zero", first + std::string(1, '\0') + line.substr(1) + rest + last, "not canonical base64"},
      {"two carriage returns", first + with_line_ends(line, "\r\r\n") + rest + last, "longer than 64 characters"},
  };
  for (const Case& c : bad) {
    CAPTURE(c.name);
    for (const std::size_t piece : {SIZE_MAX, std::size_t{1}}) {
      const Refusal found = refusal(c.file, with, false, piece);
      CHECK(found.code == ErrorCode::corrupt);
      CHECK_MESSAGE(found.message.find(c.message) != std::string::npos, found.message);
    }
  }
  // Unused bits of the last character: of two before the padding the lower four, of three the lower two.
  std::string bits = armored;
  char& digit = bits[bits.size() - last.size() - (body.ends_with("==\n") ? 4 : 3)];
  digit = static_cast<char>(digit + 1);
  CHECK(refusal(bits, with).message.find("not canonical base64") != std::string::npos);
}

TEST_CASE("age: armor wherever it is cut") {
  Recipients to;
  to.add(recipient_text());
  const std::string file = encrypt("content", to, true);
  // Without its last line end it is whole.
  for (std::size_t size = 0; size + 1 < file.size(); ++size) {
    CAPTURE(size);
    CHECK(refusal(file.substr(0, size), identities()).code == ErrorCode::corrupt);
  }
}
