// BSON over any bytes: how they are cut must not matter, and no field may lie outside of its document.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include <jujubackup/error.hpp>

#include "bson/document.hpp"

namespace {

void require(bool good) {
  if (!good) std::abort();
}

bool inside(std::span<const std::byte> whole, const void* begin, std::size_t size) {
  const auto* first = static_cast<const std::byte*>(begin);
  return first >= whole.data() && first + size <= whole.data() + whole.size();
}

// Fields must follow each other without a gap from the length to the terminator.
void walk(std::span<const std::byte> document) {
  const std::byte* next = document.data() + 4;
  try {
    jujubackup::bson::for_each_field(document, [&](const jujubackup::bson::Field& field) {
      require(inside(document, field.name.data(), field.name.size() + 1));
      require(inside(document, field.value.data(), field.value.size()));
      require(reinterpret_cast<const std::byte*>(field.name.data()) == next + 1);
      require(field.value.data() == next + 1 + field.name.size() + 1);
      next = field.value.data() + field.value.size();
      const auto text = field.string();
      require(!text || inside(field.value, text->data(), text->size()));
      static_cast<void>(field.integer());
      if (field.is(jujubackup::bson::Type::document)) walk(field.value);
      return true;
    });
    require(next == document.data() + document.size() - 1);
  } catch (const jujubackup::Error& error) {
    require(error.code() == jujubackup::ErrorCode::corrupt);
  }
}

struct Scan {
  bool good = false;
  std::uint64_t documents = 0;
  std::string problem;
  std::vector<std::vector<std::byte>> visited;
  bool operator==(const Scan&) const = default;
};

// Cuts the input into pieces whose lengths follow from `seed`; a seed of 0 means one piece.
Scan scan(std::span<const std::byte> bytes, std::uint32_t seed, std::size_t keep_bytes) {
  Scan result;
  jujubackup::bson::Scanner scanner([&](std::span<const std::byte> found) { result.visited.emplace_back(found.begin(), found.end()); },
                                    keep_bytes);
  while (!bytes.empty()) {
    std::size_t piece = bytes.size();
    if (seed != 0) {
      seed = seed * 1664525u + 1013904223u;
      piece = std::min<std::size_t>(1 + (seed >> 24) % 9, bytes.size());
    }
    scanner.feed(bytes.first(piece));
    bytes = bytes.subspan(piece);
  }
  result.good = scanner.finish();
  result.documents = scanner.documents();
  result.problem = scanner.problem();
  require(result.good == result.problem.empty());
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  walk(bytes);

  const Scan at_once = scan(bytes, 0, SIZE_MAX);
  require(at_once.documents == at_once.visited.size());
  std::size_t total_bytes = 0;
  for (const auto& document : at_once.visited) {
    require(std::equal(document.begin(), document.end(), bytes.begin() + static_cast<std::ptrdiff_t>(total_bytes)));
    total_bytes += document.size();
    walk(document);
  }
  require(at_once.good ? total_bytes == size : total_bytes < size);

  for (const std::uint32_t seed : {1u, 2u, static_cast<std::uint32_t>(size) | 1u}) require(scan(bytes, seed, SIZE_MAX) == at_once);
  const Scan not_kept = scan(bytes, 3, 16);
  require(not_kept.documents == at_once.documents && not_kept.problem == at_once.problem);
  return 0;
}
