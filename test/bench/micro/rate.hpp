// The loop that all benchmarks share: some work, again and again, and its rate.
#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>
#include <string>
#include <utility>

namespace jujubackup::bench {

// `work` is called once for each iteration and passes through `bytes` bytes.
template <typename Work>
void measure(const std::string& name, std::size_t bytes, Work work) {
  benchmark::RegisterBenchmark(name.c_str(), [bytes, work = std::move(work)](benchmark::State& state) mutable {
    for (auto _ : state) work(state);
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * static_cast<std::int64_t>(state.iterations()));
  });
}

}  // namespace jujubackup::bench
