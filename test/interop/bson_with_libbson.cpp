// Our reading of BSON against that of MongoDB's own C library.
#include <bson/bson.h>

#include "bson/document.hpp"
#include "test_support.hpp"

namespace {

std::vector<std::string> documents_by_libbson(const std::string& bytes) {
  std::vector<std::string> found;
  bson_reader_t* reader = bson_reader_new_from_data(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  bool end = false;
  while (const bson_t* document = bson_reader_read(reader, &end)) {
    found.emplace_back(reinterpret_cast<const char*>(bson_get_data(document)), document->len);
  }
  bson_reader_destroy(reader);
  CHECK(end);
  return found;
}

// Types, names and, where both know them, values.
void compare_fields(const std::string& bytes) {
  bson_t document;
  REQUIRE(bson_init_static(&document, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
  bson_iter_t theirs;
  REQUIRE(bson_iter_init(&theirs, &document));
  jujubackup::bson::for_each_field(test::bytes_of(bytes), [&](const jujubackup::bson::Field& field) {
    REQUIRE(bson_iter_next(&theirs));
    CHECK(field.name == bson_iter_key(&theirs));
    CHECK(field.type == static_cast<std::uint8_t>(bson_iter_type(&theirs)));
    if (BSON_ITER_HOLDS_UTF8(&theirs)) {
      std::uint32_t length = 0;
      const char* text = bson_iter_utf8(&theirs, &length);
      CHECK(field.string() == std::string_view(text, length));
    }
    if (BSON_ITER_HOLDS_INT(&theirs)) CHECK(field.integer() == bson_iter_as_int64(&theirs));
    return true;
  });
  CHECK_FALSE(bson_iter_next(&theirs));
}

}  // namespace

TEST_CASE("both read the genuine dump alike") {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(test::data_path("dump"))) {
    if (entry.path().extension() != ".bson") continue;
    CAPTURE(entry.path().string());
    const std::string bytes = test::read_file(entry.path().string());
    std::vector<std::string> ours;
    jujubackup::bson::Scanner scanner([&](std::span<const std::byte> found) { ours.push_back(test::text_of(found)); });
    CHECK(scanner.feed(test::bytes_of(bytes)));
    CHECK(scanner.finish());
    CHECK(ours == documents_by_libbson(bytes));
    for (const std::string& document : ours) compare_fields(document);
  }
}

TEST_CASE("what libbson writes of each type is read") {
  bson_t* inner = BCON_NEW("k", BCON_INT32(1));
  bson_t* array = BCON_NEW("0", BCON_INT32(1));
  bson_oid_t id;
  bson_oid_init_from_string(&id, "5e5e00000000000000000001");
  bson_decimal128_t decimal;
  REQUIRE(bson_decimal128_from_string("1.5", &decimal));
  bson_t all;
  bson_init(&all);
  REQUIRE(bson_append_double(&all, "double", -1, 2.0));
  REQUIRE(bson_append_utf8(&all, "text", -1, "a\0b", 3));
  REQUIRE(bson_append_document(&all, "document", -1, inner));
  REQUIRE(bson_append_array(&all, "array", -1, array));
  REQUIRE(bson_append_binary(&all, "binary", -1, BSON_SUBTYPE_BINARY, reinterpret_cast<const std::uint8_t*>("xyz"), 3));
  REQUIRE(bson_append_undefined(&all, "undefined", -1));
  REQUIRE(bson_append_oid(&all, "oid", -1, &id));
  REQUIRE(bson_append_bool(&all, "bool", -1, true));
  REQUIRE(bson_append_date_time(&all, "date", -1, 1777600000000));
  REQUIRE(bson_append_null(&all, "null", -1));
  REQUIRE(bson_append_regex(&all, "regex", -1, "^a", "i"));
  REQUIRE(bson_append_dbpointer(&all, "dbpointer", -1, "db.c", &id));
  REQUIRE(bson_append_code(&all, "code", -1, "return 1"));
  REQUIRE(bson_append_symbol(&all, "symbol", -1, "s", 1));
  REQUIRE(bson_append_code_with_scope(&all, "scope", -1, "return k", inner));
  REQUIRE(bson_append_int32(&all, "int32", -1, -5));
  REQUIRE(bson_append_timestamp(&all, "timestamp", -1, 1, 2));
  REQUIRE(bson_append_int64(&all, "int64", -1, INT64_MIN));
  REQUIRE(bson_append_decimal128(&all, "decimal", -1, &decimal));
  REQUIRE(bson_append_minkey(&all, "min", -1));
  REQUIRE(bson_append_maxkey(&all, "max", -1));
  compare_fields(std::string(reinterpret_cast<const char*>(bson_get_data(&all)), all.len));
  bson_destroy(&all);
  bson_destroy(array);
  bson_destroy(inner);
}
