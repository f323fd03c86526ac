#include "bson/document.hpp"

#include <cmath>
#include <limits>

#include "bson_builder.hpp"
#include "test_support.hpp"

using jujubackup::ErrorCode;
using jujubackup::bson::Field;
using jujubackup::bson::Type;
using namespace std::string_literals;
using test::bson_double;
using test::bson_text;
using test::bytes_of;
using test::document;
using test::element;
using test::error_of;
using test::little_endian;

namespace {

struct AnyType {
  int type;
  std::string value;
};

// A value of each type that BSON has.
const std::vector<AnyType> all_types = {
    {0x01, bson_double(1.5)},
    {0x02, bson_text("text")},
    {0x03, document(test::int32_field("inner", 7))},
    {0x04, document(test::string_field("0", "first"))},
    {0x05, little_endian(3, 4) + "\x00"s + "abc"},
    {0x06, ""},
    {0x07, "0123456789ab"},
    {0x08, "\x01"},
    {0x09, little_endian(1777600000000, 8)},
    {0x0a, ""},
    {0x0b, "^a.*\0i\0"s},
    {0x0c, bson_text("db.collection") + "0123456789ab"},
    {0x0d, bson_text("return 1")},
    {0x0e, bson_text("symbol")},
    {0x0f, little_endian(4 + bson_text("x").size() + 5, 4) + bson_text("x") + document("")},
    {0x10, little_endian(7, 4)},
    {0x11, little_endian(7, 8)},
    {0x12, little_endian(7, 8)},
    {0x13, "0123456789abcdef"},
    {0x7f, ""},
    {0xff, ""},
};

std::string message_for(const std::string& bytes) {
  const auto error = error_of([&] { jujubackup::bson::for_each_field(bytes_of(bytes), [](const Field&) { return true; }); });
  if (!error) return "";
  CHECK(error->code() == ErrorCode::corrupt);
  return error->what();
}

}  // namespace

TEST_CASE("each type's value is handed out whole") {
  std::string elements;
  for (const AnyType& any : all_types) elements += element(any.type, "name-" + std::to_string(any.type), any.value);
  const std::string bytes = document(elements);

  std::size_t next = 0;
  jujubackup::bson::for_each_field(bytes_of(bytes), [&](const Field& field) {
    REQUIRE(next < all_types.size());
    const AnyType& wanted = all_types[next++];
    CAPTURE(wanted.type);
    CHECK(field.type == wanted.type);
    CHECK(field.name == "name-" + std::to_string(wanted.type));
    CHECK(test::text_of(field.value) == wanted.value);
    return true;
  });
  CHECK(next == all_types.size());
}

TEST_CASE("a value of any type that is cut at any byte is refused") {
  for (const AnyType& any : all_types) {
    const std::string whole = element(any.type, "n", any.value);
    for (std::size_t size = 1; size < whole.size(); ++size) {
      CAPTURE(any.type);
      CAPTURE(size);
      // The document's own length is right, so it is the value that has to be noticed.
      CHECK(message_for(document(whole.substr(0, size))) != "");
    }
    CHECK(message_for(document(whole)) == "");
  }
}

TEST_CASE("what is wrong is said") {
  const std::string good = document(test::int32_field("a", 1));
  struct Case {
    const char* what;
    std::string bytes;
    const char* message;
  };
  const std::vector<Case> cases = {
      {"nothing", "", "invalid BSON: shorter than an empty document"},
      {"four bytes", little_endian(4, 4), "invalid BSON: shorter than an empty document"},
      {"empty document", document(""), ""},
      {"too short", good.substr(0, good.size() - 1), "invalid BSON: the length is not that of the document"},
      {"too long", good + "\0"s, "invalid BSON: the length is not that of the document"},
      {"no terminator", good.substr(0, good.size() - 1) + "x", "invalid BSON: no terminating zero byte"},
      {"unknown type", document(element(0x14, "a", "")), "invalid BSON: unknown type 20"},
      {"early end", document("\0"s + test::int32_field("a", 1)), "invalid BSON: it ends before its length says so"},
      {"name without end", document("\x10"s + "abc"), "invalid BSON: a name without an end"},
      {"string of length 0", document(element(2, "a", little_endian(0, 4) + "\0"s)), "invalid BSON: a string without an end"},
      {"string beyond", document(element(2, "a", little_endian(0xffffffff, 4) + "x\0"s)), "invalid BSON: a value past the end"},
      {"string without NUL", document(element(2, "a", little_endian(2, 4) + "xy")), "invalid BSON: a string without an end"},
      {"document of 4", document(element(3, "a", little_endian(4, 4))), "invalid BSON: an embedded document of an impossible length"},
      {"document beyond", document(element(3, "a", little_endian(6, 4) + "\0"s)), "invalid BSON: a value past the end"},
      {"document without end", document(element(3, "a", little_endian(5, 4) + "x")), "invalid BSON: an embedded document without an end"},
      {"binary beyond", document(element(5, "a", little_endian(0xffffffff, 4) + "\0x"s)), "invalid BSON: a value past the end"},
      {"pattern without end", document(element(11, "a", "abc")), "invalid BSON: a regular expression without an end"},
      {"code with scope of 13", document(element(15, "a", little_endian(13, 4) + std::string(9, '\0'))),
       "invalid BSON: code with scope of an impossible length"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    CHECK(message_for(c.bytes) == c.message);
  }
}

TEST_CASE("numbers are read as whole numbers where they are") {
  struct Case {
    int type;
    std::string value;
    std::optional<std::int64_t> wanted;
  };
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  const std::vector<Case> cases = {
      {0x10, little_endian(0xffffffff, 4), -1},
      {0x10, little_endian(0x7fffffff, 4), 2147483647},
      {0x12, little_endian(static_cast<std::uint64_t>(least), 8), least},
      {0x01, bson_double(2.0), 2},
      {0x01, bson_double(-3.0), -3},
      {0x01, bson_double(2.5), std::nullopt},
      {0x01, bson_double(-9223372036854775808.0), least},
      {0x01, bson_double(9223372036854775808.0), std::nullopt},
      {0x01, bson_double(std::numeric_limits<double>::infinity()), std::nullopt},
      {0x01, bson_double(std::nan("")), std::nullopt},
      {0x09, little_endian(5, 8), std::nullopt},
      {0x02, bson_text("2"), std::nullopt},
  };
  for (const Case& c : cases) {
    CAPTURE(c.type);
    const std::string bytes = document(element(c.type, "n", c.value));
    const auto field = jujubackup::bson::find_field(bytes_of(bytes), "n");
    REQUIRE(field);
    CHECK(field->integer() == c.wanted);
  }
}

TEST_CASE("find_field gives the first of that name, or nothing") {
  const std::string bytes = document(test::string_field("a", "one\0two"s) + test::int32_field("b", 1) + test::string_field("a", "later"));
  const auto a = jujubackup::bson::find_field(bytes_of(bytes), "a");
  REQUIRE(a);
  CHECK(a->is(Type::string));
  CHECK(a->string() == "one\0two"s);
  CHECK_FALSE(a->integer());
  const auto b = jujubackup::bson::find_field(bytes_of(bytes), "b");
  REQUIRE(b);
  CHECK(b->integer() == 1);
  CHECK_FALSE(b->string());
  CHECK_FALSE(jujubackup::bson::find_field(bytes_of(bytes), "c"));
}
