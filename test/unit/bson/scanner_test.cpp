#include <tuple>

#include "bson/document.hpp"
#include "bson_builder.hpp"
#include "test_support.hpp"

using jujubackup::bson::Scanner;
using namespace std::string_literals;
using test::bytes_of;
using test::document;
using test::little_endian;

namespace {

struct Scan {
  bool fed = true;
  bool finished = true;
  std::uint64_t documents = 0;
  std::string problem;
  std::vector<std::string> visited;
  bool operator==(const Scan&) const = default;
};

Scan scan(const std::string& bytes, std::size_t piece_bytes, std::size_t keep_bytes = 1 << 20) {
  Scan result;
  Scanner scanner([&](std::span<const std::byte> found) { result.visited.push_back(test::text_of(found)); }, keep_bytes);
  for (std::size_t at = 0; at < bytes.size(); at += piece_bytes) {
    result.fed = scanner.feed(bytes_of(bytes).subspan(at, std::min(piece_bytes, bytes.size() - at)));
  }
  result.finished = scanner.finish();
  result.documents = scanner.documents();
  result.problem = scanner.problem();
  return result;
}

}  // namespace

TEST_CASE("documents are found wherever the stream is cut") {
  const std::vector<std::string> documents = {document(test::int32_field("a", 1)), document(""), document(test::string_field("b", "text"))};
  std::string stream;
  for (const std::string& each : documents) stream += each;

  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    CAPTURE(piece);
    CHECK(scan(stream, piece) == Scan{true, true, 3, "", documents});
  }
  CHECK(scan("", 1) == Scan{});
}

TEST_CASE("a stream that ends inside of a document is bad, one that ends between two is not") {
  const std::string first = document(test::int32_field("a", 1));
  const std::string second = document(test::string_field("b", "text"));
  const std::string stream = first + second;
  const std::string where = "document 2 at offset " + std::to_string(first.size()) + ": ";
  for (std::size_t size = first.size(); size <= stream.size(); ++size) {
    CAPTURE(size);
    const std::size_t seen = size - first.size();
    std::string problem;
    if (seen > 0 && seen < 4) problem = where + "the data ends inside of its length";
    if (seen >= 4 && size < stream.size()) {
      problem = where + "the data ends after " + std::to_string(seen) + " of " + std::to_string(second.size()) + " bytes";
    }
    const std::string cut = stream.substr(0, size);
    const Scan at_once = scan(cut, cut.size());
    CHECK(at_once.problem == problem);
    CHECK(at_once.fed);
    CHECK(at_once.finished == problem.empty());
    CHECK(at_once.documents == (size == stream.size() ? 2 : 1));
    CHECK(scan(cut, 1) == at_once);
  }
}

TEST_CASE("lengths that cannot be end the scan") {
  const std::string good = document(test::int32_field("a", 1));
  const std::string where = "document 2 at offset " + std::to_string(good.size()) + ": ";
  const std::uint32_t limit = jujubackup::bson::max_document_bytes;
  const std::vector<std::tuple<std::string, std::string>> cases = {
      {little_endian(0, 4), "length 0 is impossible"},
      {little_endian(4, 4), "length 4 is impossible"},
      {little_endian(0xffffffff, 4), "length -1 is impossible"},
      {little_endian(0x80000000, 4), "length -2147483648 is impossible"},
      {little_endian(limit + 1, 4), "length " + std::to_string(limit + 1) + " is impossible"},
      {little_endian(5, 4) + "x", "no terminating zero byte"},
  };
  for (const auto& [bytes, text] : cases) {
    const auto& which = text;  // clang 14 cannot capture a structured binding
    CAPTURE(which);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{1000}}) {
      // What comes after the fault does not count, even if it looks good.
      CHECK(scan(good + bytes + good, piece) == Scan{false, false, 1, where + text, {good}});
    }
  }
}

TEST_CASE("documents beyond keep_bytes are counted but not kept") {
  const std::string small = document(test::int32_field("a", 1));
  const std::string large = document(test::string_field("a", std::string(100, 'x')));
  CHECK(scan(small + large + small, 7, small.size()) == Scan{true, true, 3, "", {small, small}});
  CHECK(scan(large, 7, large.size()) == Scan{true, true, 1, "", {large}});
}

TEST_CASE("a scanner without visitor only counts") {
  Scanner scanner;
  const std::string stream = document("") + document("");
  CHECK(scanner.feed(bytes_of(stream)));
  CHECK(scanner.finish());
  CHECK(scanner.documents() == 2);
}

TEST_CASE("files that the genuine mongodump wrote") {
  const std::vector<std::pair<std::string, std::uint64_t>> counts = {
      {"juju/models.bson", 2},
      {"juju/clouds.bson", 2},
      {"juju/machines.bson", 8},
      {"juju/controllerNodes.bson", 3},
      {"juju/statuseshistory.bson", 400},
      {"juju/empty.bson", 0},
      {"oplog.bson", 3},
      {"blobstore/blobstore.chunks.bson", 3},
  };
  for (const auto& [name, count] : counts) {
    const auto& which = name;  // clang 14 cannot capture a structured binding
    CAPTURE(which);
    const std::string bytes = test::read_file(test::data_path("dump/" + name));
    std::uint64_t fields = 0;
    Scanner scanner([&](std::span<const std::byte> found) {
      jujubackup::bson::for_each_field(found, [&](const jujubackup::bson::Field&) { return ++fields != 0; });
    });
    CHECK(scanner.feed(bytes_of(bytes)));
    CHECK(scanner.finish());
    CHECK(scanner.documents() == count);
    CHECK((fields > 0) == (count > 0));
  }
}
