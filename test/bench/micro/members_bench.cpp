// Whole members, as the threads of a pipeline make and read them, and the chain that a reader hops along.
#include <jujubackup/io.hpp>

#include <algorithm>
#include <memory>

#include "archive/block.hpp"
#include "archive/gzip_inflater.hpp"
#include "archive/gzip_member.hpp"
#include "archive/gzip_reader.hpp"
#include "archive/member_map.hpp"
#include "rate.hpp"
#include "samples.hpp"

namespace jujubackup::bench {
namespace {

void register_produce(const Samples& samples, const std::string& name, Level level) {
  measure("tree/produce/" + name, samples.plan.content_bytes, [&samples, level](benchmark::State& state) {
    BlockProducer producer(samples.plan, level);
    ProducedBlock produced;
    std::size_t compressed = 0;
    for (const Block& block : samples.plan.blocks) {
      producer.produce(block, produced);
      compressed += produced.member.size();
    }
    state.counters["size"] = static_cast<double>(compressed) / static_cast<double>(samples.plan.content_bytes);
  });
}

std::shared_ptr<const Bytes> write_whole(const Samples& samples) {
  MemorySink sink(2 * samples.tar.size());
  write_archive(samples.input, sink);
  return std::make_shared<const Bytes>(sink.bytes().begin(), sink.bytes().end());
}

void register_read(const Samples& samples) {
  const auto file = write_whole(samples);
  const auto inflate_all = [file](benchmark::State&) {
    deflate::Inflater inflater;
    Bytes content;
    std::span<const std::byte> left = *file;
    while (const auto header = gzip::parse_member_header(left)) {
      gzip::inflate_member(left.first(header->member_bytes), content, inflater, 0);
      left = left.subspan(header->member_bytes);
    }
  };
  measure("tree/inflate/members", samples.tar.size(), inflate_all);
  measure("members/map", file->size(), [file](benchmark::State&) {
    const auto source = source_of_memory(*file, "archive");
    benchmark::DoNotOptimize(gzip::MemberMap::find(*source));
  });
}

// One member, as other writers make it. Its end has a checksum that zlib would have computed.
std::shared_ptr<const Bytes> foreign_file(const Samples& samples) {
  const auto file = std::make_shared<Bytes>();
  for (const unsigned byte : {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}) file->push_back(static_cast<std::byte>(byte));
  deflate::Compressor(Level::standard).append(*file, samples.tar);
  for (const std::size_t number : {std::size_t{deflate::crc32(0, samples.tar)}, samples.tar.size()}) {
    for (unsigned shift = 0; shift < 32; shift += 8) file->push_back(static_cast<std::byte>(number >> shift & 0xff));
  }
  return file;
}

void register_read_foreign(const Samples& samples) {
  const auto file = foreign_file(samples);
  measure("tree/inflate/foreign", samples.tar.size(), [file, content = Bytes(1 << 20)](benchmark::State&) mutable {
    constexpr std::size_t piece_bytes = 128 * 1024;
    gzip::GzipInflater inflater;
    std::span<const std::byte> left = *file;
    while (!inflater.finished()) {
      const std::size_t size = std::min(left.size(), piece_bytes);
      inflater.push(left.first(size));
      left = left.subspan(size);
      if (left.empty()) inflater.end_of_file();
      while (inflater.pull(content) > 0) {
      }
    }
  });
}

}  // namespace

void register_members(const Samples& samples) {
  register_produce(samples, "fast", Level::fast);
  register_produce(samples, "default", Level::standard);
  register_produce(samples, "compact", Level::compact);
  register_read(samples);
  register_read_foreign(samples);
}

}  // namespace jujubackup::bench
