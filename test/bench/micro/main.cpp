// Micro-benchmarks of what an archive passes through, each on one thread:  micro TREE [--benchmark_... of Google Benchmark]
//
// TREE is what make_controller_tree.py --size-mib 64 makes. Names are room/what/data; rates are of content, or of the file where that is
// what is worked on. "size" is what is left of the content. The rates of tree/... are what test/bench/model.py reads.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <exception>

#include "samples.hpp"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc != 2) {
    std::fprintf(stderr, "usage: micro TREE [--benchmark_filter=REGEX ...]\n");
    return 2;
  }
  try {
    const jujubackup::bench::Samples samples = jujubackup::bench::load_samples(argv[1]);
    jujubackup::bench::register_deflate(samples);
    jujubackup::bench::register_members(samples);
    jujubackup::bench::register_digests(samples);
    jujubackup::bench::register_tar(samples);
    jujubackup::bench::register_bson(samples);
    jujubackup::bench::register_metadata();
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "micro: %s\n", error.what());
    return 1;
  }
  return 0;
}
