#include "crypto/checksum.hpp"
#include "crypto/digest.hpp"
#include "crypto/file_hasher.hpp"
#include "deflate/deflate.hpp"
#include "rate.hpp"
#include "samples.hpp"

namespace jujubackup::bench {
namespace {

void register_digest(const Samples& samples, const std::string& name, Digest::Kind kind) {
  measure("tree/" + name, samples.tar.size(), [&samples, kind](benchmark::State&) {
    Digest digest(kind);
    for (const auto block : blocks_of(samples.tar)) digest.update(block);
    benchmark::DoNotOptimize(digest.finish());
  });
}

}  // namespace

void register_digests(const Samples& samples) {
  register_digest(samples, "sha1", Digest::Kind::sha1);
  register_digest(samples, "sha256", Digest::Kind::sha256);
  // As with fewer than four threads.
  measure("tree/sha-both", samples.tar.size(), [&samples](benchmark::State&) {
    FileHasher hasher(FileHasher::Wanted::both, 1);
    for (const auto block : blocks_of(samples.tar)) hasher.update(block);
    benchmark::DoNotOptimize(hasher.sha256());
  });
  measure("digests/xxh3-128", samples.tar.size(), [&samples](benchmark::State&) {
    for (const auto block : blocks_of(samples.tar)) benchmark::DoNotOptimize(checksum128(block));
  });
  measure("digests/crc32", samples.tar.size(), [&samples](benchmark::State&) {
    for (const auto block : blocks_of(samples.tar)) benchmark::DoNotOptimize(deflate::crc32(0, block));
  });
}

}  // namespace jujubackup::bench
