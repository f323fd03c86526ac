#include <algorithm>

#include "bson/document.hpp"
#include "rate.hpp"
#include "samples.hpp"

namespace jujubackup::bench {
namespace {

// Samples may end inside of a document, which the scanner has no reason to mind before finish().
void feed(bson::Scanner& scanner, std::span<const std::byte> bytes) {
  for (const auto block : blocks_of(bytes)) scanner.feed(block);
}

}  // namespace

void register_bson(const Samples& samples) {
  for (const Sample& sample : samples.classes) {
    if (sample.name == "programs" || sample.name == "documents") continue;
    measure("bson/find-documents/" + sample.name, sample.bytes.size(), [&sample](benchmark::State& state) {
      bson::Scanner scanner;
      feed(scanner, sample.bytes);
      state.counters["documents"] = static_cast<double>(scanner.documents());
      if (!scanner.problem().empty()) state.SkipWithError(scanner.problem().c_str());
    });
    measure("bson/read-fields/" + sample.name, sample.bytes.size(), [&sample](benchmark::State&) {
      std::size_t fields = 0;
      bson::Scanner scanner([&fields](std::span<const std::byte> document) {
        bson::for_each_field(document, [&fields](const bson::Field&) {
          ++fields;
          return true;
        });
      });
      feed(scanner, sample.bytes);
      benchmark::DoNotOptimize(fields);
    });
  }
}

}  // namespace jujubackup::bench
