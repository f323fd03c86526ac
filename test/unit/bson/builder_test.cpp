#include "bson/builder.hpp"

#include "test_support.hpp"

using namespace jujubackup;
using namespace test;
using bson::Builder;
using bson::Bytes;
using bson::Type;

namespace {

Bytes nested(int levels, std::uint8_t type) {
  Bytes document = Builder().finish();
  for (int i = 1; i < levels; ++i) {
    Builder outer;
    outer.append("a", type, document);
    document = outer.finish();
  }
  return document;
}

bool is_bad(std::span<const std::byte> document) {
  const auto error = error_of([&] { bson::check_document(document); });
  return error && error->code() == ErrorCode::corrupt;
}

}  // namespace

TEST_CASE("builder: fields come out as they went in, byte by byte") {
  Builder builder;
  builder.append_string("name", "juju");
  builder.append("b", static_cast<std::uint8_t>(Type::boolean), bytes_of(std::string_view("\1", 1)));
  const Bytes document = builder.finish();
  const std::string_view expected(
      "\x18\0\0\0\x02name\0\x05\0\0\0juju\0\x08"
      "b\0\1\0",
      24);
  CHECK(text_of(document) == expected);
  Builder copy;
  bson::for_each_field(document, [&](const bson::Field& field) {
    copy.append(field);
    return true;
  });
  CHECK(copy.finish() == document);
  CHECK(text_of(Builder().finish()) == std::string("\5\0\0\0\0", 5));
  CHECK(error_of([] { Builder().append(std::string_view("a\0b", 3), 0x0a, {}); })->code() == ErrorCode::invalid_argument);
}

TEST_CASE("builder: documents are looked at to their bottom, which must not be too far down") {
  for (const Type type : {Type::document, Type::array}) {
    CHECK_FALSE(is_bad(nested(100, static_cast<std::uint8_t>(type))));
    CHECK(is_bad(nested(101, static_cast<std::uint8_t>(type))));
    CHECK(is_bad(nested(10'000, static_cast<std::uint8_t>(type))));
  }
  Bytes broken = nested(5, static_cast<std::uint8_t>(Type::document));
  broken[broken.size() / 2] = std::byte{0x7e};
  CHECK(is_bad(broken));
  const Bytes whole = nested(5, 0x03);
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK(is_bad(std::span(whole).first(size)));

  // Code with scope: its length, that of the code, the code, and a document.
  const auto with_scope = [](const std::string& value) {
    Builder builder;
    builder.append("f", 0x0f, bytes_of(value));
    return builder.finish();
  };
  CHECK_FALSE(is_bad(with_scope(std::string("\x0f\0\0\0\2\0\0\0x\0\5\0\0\0\0", 15))));
  CHECK(is_bad(with_scope(std::string("\x0f\0\0\0\2\0\0\0x\0\6\0\0\0\0", 15))));
  CHECK(
      is_bad(with_scope(std::string("\x0f\0\0\0\xff\xff\xff\xff"
                                    "x\0\5\0\0\0\0",
                                    15))));
  CHECK(is_bad(with_scope(std::string("\x0f\0\0\0\0\0\0\0x\0\5\0\0\0\0", 15))));
}
