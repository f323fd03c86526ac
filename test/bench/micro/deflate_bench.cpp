#include <memory>

#include "deflate/deflate.hpp"
#include "deflate/incompressible.hpp"
#include "rate.hpp"
#include "samples.hpp"

namespace jujubackup::bench {
namespace {

struct NamedLevel {
  const char* name;
  Level level;
};
constexpr NamedLevel levels[] = {{"fast", Level::fast},        {"default", Level::standard}, {"compact", Level::compact},
                                 {"1", static_cast<Level>(1)}, {"4", static_cast<Level>(4)}, {"9", static_cast<Level>(9)}};

void register_compress(const Sample& sample) {
  for (const NamedLevel& level : levels) {
    measure("deflate/compress/" + std::string(level.name) + "/" + sample.name, sample.bytes.size(),
            [&sample, level = level.level](benchmark::State& state) {
              deflate::Compressor compressor(level);
              Bytes out;
              std::size_t compressed = 0;
              for (const auto block : blocks_of(sample.bytes)) {
                out.clear();
                compressor.append(out, block);
                compressed += out.size();
              }
              state.counters["size"] = static_cast<double>(compressed) / static_cast<double>(sample.bytes.size());
            });
  }
}

struct Packed {
  Bytes bytes;
  std::size_t content_bytes = 0;
};

void register_inflate(const Sample& sample) {
  const auto streams = std::make_shared<std::vector<Packed>>();
  deflate::Compressor compressor(Level::standard);
  for (const auto block : blocks_of(sample.bytes)) compressor.append(streams->emplace_back(Packed{{}, block.size()}).bytes, block);
  measure("deflate/inflate/members/" + sample.name, sample.bytes.size(),
          [streams, inflater = std::make_shared<deflate::Inflater>(), content = Bytes()](benchmark::State& state) mutable {
            for (const Packed& stream : *streams) {
              content.resize(stream.content_bytes);
              if (!inflater->inflate(stream.bytes, content)) state.SkipWithError("damaged");
            }
          });

  // As another writer's archive is: one stream of all.
  const auto whole = std::make_shared<Bytes>();
  compressor.append(*whole, sample.bytes);
  measure("deflate/inflate/stream/" + sample.name, sample.bytes.size(),
          [whole, inflater = std::make_shared<deflate::StreamInflater>(), content = Bytes(1 << 20)](benchmark::State& state) mutable {
            inflater->reset();
            std::span<const std::byte> left = *whole;
            for (deflate::StreamInflater::Step step; !step.ended; left = left.subspan(step.consumed)) {
              step = inflater->inflate(left, content);
              if (step.damaged) {
                state.SkipWithError("damaged");
                return;
              }
            }
          });
}

}  // namespace

void register_deflate(const Samples& samples) {
  for (const Sample& sample : samples.classes) {
    register_compress(sample);
    register_inflate(sample);
    measure("deflate/randomness/" + sample.name, sample.bytes.size(), [&sample](benchmark::State&) {
      for (const auto block : blocks_of(sample.bytes)) benchmark::DoNotOptimize(deflate::randomness_of(block));
    });
  }
}

}  // namespace jujubackup::bench
