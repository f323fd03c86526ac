#include "io/read_ahead.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <jujubackup/error.hpp>

#include "test_support.hpp"

namespace {

using jujubackup::Error;
using jujubackup::ErrorCode;
using jujubackup::ReadAhead;
using jujubackup::Source;

std::byte byte_at(std::size_t position) { return static_cast<std::byte>(position * 2654435761U >> 13 & 0xffU); }

// What other threads do to it, and when it may go on.
struct Watched {
  std::mutex mutex;
  std::condition_variable changed;
  bool interrupted = false, reading = false;
  std::size_t read_bytes = 0;
  std::thread::id reader;
};

// `size` bytes in pieces of odd lengths; then the end, or an Error, or nothing until it is interrupted.
class Pieces final : public Source {
 public:
  enum class End { good, error, never };
  Pieces(Watched& watched, std::size_t size, End end) : watched_(watched), size_(size), end_(end) {}

  std::size_t read(std::span<std::byte> into) override {
    std::unique_lock lock(watched_.mutex);
    watched_.reader = std::this_thread::get_id();
    if (at_ == size_ && end_ == End::error) throw Error(ErrorCode::io, "the wire broke");
    if (at_ == size_ && end_ == End::never) {
      watched_.reading = true;
      watched_.changed.notify_all();
      watched_.changed.wait(lock, [&] { return watched_.interrupted; });
      throw Error(ErrorCode::cancelled, "interrupted");
    }
    const std::size_t count = std::min({into.size(), size_ - at_, 1 + at_ * 7 % 5000});
    for (std::size_t i = 0; i < count; ++i) into[i] = byte_at(at_ + i);
    at_ += count;
    watched_.read_bytes = at_;
    watched_.changed.notify_all();
    return count;
  }
  void rewind() override {}
  std::optional<std::uint64_t> size() const override { return size_; }
  std::string name() const override { return "pieces"; }

 private:
  Watched& watched_;
  const std::size_t size_;
  const End end_;
  std::size_t at_ = 0;
};

std::unique_ptr<ReadAhead> ahead_of(Watched& watched, std::size_t size, Pieces::End end, std::size_t ring) {
  return std::make_unique<ReadAhead>(
      std::make_unique<Pieces>(watched, size, end),
      [&watched] {
        const std::lock_guard lock(watched.mutex);
        watched.interrupted = true;
        watched.changed.notify_all();
      },
      ring);
}

// Whether it is what Pieces has from `at` on.
bool reads_on(ReadAhead& source, std::size_t at, std::size_t size, std::size_t piece) {
  std::vector<std::byte> into(piece);
  while (at < size) {
    const std::size_t got = source.read(std::span(into).first(std::min(piece, size - at)));
    if (got == 0) return false;
    for (std::size_t i = 0; i < got; ++i) {
      if (into[i] != byte_at(at + i)) return false;
    }
    at += got;
  }
  return at == size;
}

}  // namespace

TEST_CASE("read ahead: the same bytes, whatever the sizes") {
  for (const std::size_t ring : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, std::size_t{1} << 20}) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{999}, std::size_t{70'000}}) {
      for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{20'011}}) {
        CAPTURE(ring);
        CAPTURE(piece);
        CAPTURE(size);
        Watched watched;
        const auto source = ahead_of(watched, size, Pieces::End::good, ring);
        CHECK(source->size() == size);
        CHECK(source->name() == "pieces");
        CHECK(reads_on(*source, 0, size, piece));
        std::byte more{};
        CHECK(source->read({&more, 1}) == 0);
        CHECK(source->read({&more, 1}) == 0);
        CHECK_FALSE(watched.interrupted);
        CHECK(watched.reader != std::this_thread::get_id());
      }
    }
  }
}

TEST_CASE("read ahead: an error comes behind the bytes before it, and stays") {
  Watched watched;
  const auto source = ahead_of(watched, 10'000, Pieces::End::error, 512);
  CHECK(reads_on(*source, 0, 10'000, 300));
  std::byte more{};
  for (int i = 0; i < 2; ++i) CHECK_THROWS_WITH(source->read({&more, 1}), "the wire broke");
}

TEST_CASE("read ahead: nothing is read before it is asked for, and no more than there is room for") {
  Watched watched;
  const auto source = ahead_of(watched, 1'000'000, Pieces::End::good, 4096);
  CHECK(watched.read_bytes == 0);
  source->rewind();
  std::byte first{};
  CHECK(source->read({&first, 1}) == 1);
  CHECK_THROWS_AS(source->rewind(), Error);
  {
    std::unique_lock lock(watched.mutex);
    watched.changed.wait(lock, [&] { return watched.read_bytes >= 4096; });
  }
  CHECK(reads_on(*source, 1, 500'000, 4096));
  const std::lock_guard lock(watched.mutex);
  CHECK(watched.read_bytes <= 500'000 + 2 * 4096);
}

TEST_CASE("read ahead: left alone, it interrupts what it waits for") {
  Watched watched;
  {
    const auto source = ahead_of(watched, 5000, Pieces::End::never, 4096);
    CHECK(reads_on(*source, 0, 2048, 1024));
    std::unique_lock lock(watched.mutex);
    watched.changed.wait(lock, [&] { return watched.reading || watched.read_bytes >= 4096; });
  }
  CHECK(watched.interrupted);

  Watched unused;
  ahead_of(unused, 5000, Pieces::End::never, 4096).reset();
  CHECK_FALSE(unused.interrupted);
}
