#include "blob_store_suite.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include <jujubackup/error.hpp>

namespace conformance {
namespace {

using jujubackup::BlobStore;
using jujubackup::Error;
using jujubackup::ErrorCode;
using jujubackup::Source;

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string read_all(Source& source, std::size_t piece = 65536) {
  std::string text;
  std::vector<std::byte> buffer(piece);
  while (const std::size_t got = source.read(buffer)) text.append(reinterpret_cast<const char*>(buffer.data()), got);
  return text;
}

std::string content(BlobStore& store, const std::string& name) { return read_all(*store.get(name)); }

void put(BlobStore& store, const std::string& name, const std::string& text, bool replace = false) {
  const auto writer = store.put(text.size());
  writer->write(bytes_of(text));
  writer->commit(name, replace);
}

std::vector<std::string> names(BlobStore& store) {
  std::vector<std::string> out;
  for (const auto& info : store.list()) out.push_back(info.name);
  return out;
}

template <typename F>
std::optional<ErrorCode> code_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    CHECK(!error.message().empty());
    return error.code();
  }
  return std::nullopt;
}

// Not compressible, and different for each seed.
std::string noise(std::size_t bytes, std::uint32_t seed) {
  std::string text(bytes, '\0');
  std::uint32_t state = seed * 2654435761U + 1;
  for (char& c : text) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>(state >> 24U);
  }
  return text;
}

void empty_store(Place& place) {
  const auto store = place.open();
  CHECK(store->list().empty());
  CHECK(code_of([&] { store->get("nothing"); }) == ErrorCode::not_found);
  CHECK(code_of([&] { store->remove("nothing"); }) == ErrorCode::not_found);
  CHECK(!store->url().empty());
}

void what_goes_in_comes_out(Place& place) {
  const auto store = place.open();
  const std::vector<std::pair<std::string, std::string>> blobs = {
      {"empty", ""}, {"one", "1"}, {"binary", std::string("\0\xff\n\r\0", 5)}, {"large", noise(3 * 1024 * 1024 + 17, 1)}};
  for (const auto& [name, text] : blobs) put(*store, name, text);
  for (const auto& [name, text] : blobs) {
    const auto& which = name;  // clang 14 cannot capture a structured binding
    CAPTURE(which);
    const auto source = store->get(name);
    CHECK(read_all(*source, 1000) == text);
    source->rewind();
    CHECK(read_all(*source) == text);
    if (const auto size = source->size()) CHECK(*size == text.size());
    if (source->random_access() && text.size() > 100) {
      std::array<std::byte, 50> piece{};
      REQUIRE(source->read_at(text.size() - 50, piece) == 50);
      CHECK(std::string(reinterpret_cast<const char*>(piece.data()), 50) == text.substr(text.size() - 50));
      CHECK(source->read_at(text.size(), piece) == 0);
    }
  }
  CHECK(names(*store) == std::vector<std::string>{"binary", "empty", "large", "one"});
  for (const auto& info : store->list()) {
    const auto found = std::find_if(blobs.begin(), blobs.end(), [&](const auto& blob) { return blob.first == info.name; });
    REQUIRE(found != blobs.end());
    CHECK(info.size_bytes == found->second.size());
    CHECK_FALSE(info.changed.is_zero());
  }
}

void small_writes(Place& place) {
  const auto store = place.open();
  const std::string text = noise(5000, 2);
  const auto writer = store->put(0);
  for (std::size_t i = 0; i < text.size(); ++i) writer->write(bytes_of(text).subspan(i, 1));
  writer->write({});
  writer->commit("drops", false);
  CHECK(content(*store, "drops") == text);
}

void invisible_until_commit(Place& place) {
  const auto store = place.open();
  {
    const auto writer = store->put(100);
    writer->write(bytes_of("half"));
    CHECK(store->list().empty());
    CHECK(code_of([&] { store->get("name"); }) == ErrorCode::not_found);
  }
  CHECK(store->list().empty());
  // And nothing of it comes up later.
  put(*store, "other", "x");
  CHECK(names(*store) == std::vector<std::string>{"other"});
}

void replacing(Place& place) {
  const auto store = place.open();
  put(*store, "name", "first");
  CHECK(code_of([&] { put(*store, "name", "second", false); }) == ErrorCode::exists);
  CHECK(content(*store, "name") == "first");
  CHECK(store->list().size() == 1);
  put(*store, "name", "a longer third", true);
  CHECK(content(*store, "name") == "a longer third");
  put(*store, "name", "4", true);
  CHECK(content(*store, "name") == "4");
  put(*store, "new", "also with replace", true);
  CHECK(names(*store) == std::vector<std::string>{"name", "new"});
}

void removing(Place& place) {
  const auto store = place.open();
  put(*store, "a", "1");
  put(*store, "b", "2");
  store->remove("a");
  CHECK(names(*store) == std::vector<std::string>{"b"});
  CHECK(code_of([&] { store->get("a"); }) == ErrorCode::not_found);
  CHECK(code_of([&] { store->remove("a"); }) == ErrorCode::not_found);
  put(*store, "a", "again");
  CHECK(content(*store, "a") == "again");
}

void open_blobs_stay(Place& place) {
  const auto store = place.open();
  const std::string text = noise(500000, 4);
  put(*store, "removed", text);
  put(*store, "replaced", text);
  const auto removed = store->get("removed");
  const auto replaced = store->get("replaced");
  std::array<std::byte, 10> start{};
  REQUIRE(removed->read(start) > 0);
  store->remove("removed");
  put(*store, "replaced", "new", true);
  removed->rewind();
  CHECK(read_all(*removed) == text);
  CHECK(read_all(*replaced) == text);
}

void blob_names(Place& place) {
  const auto store = place.open();
  std::vector<std::string> good = {
      "a", "A", "0", "-", "<unknown>", "a..b", "_.-", "juju-backup-20161102-081504.3f0c9a52.tar.gz", std::string(255, 'n')};
  for (const std::string& name : good) put(*store, name, name);
  std::sort(good.begin(), good.end());
  CHECK(names(*store) == good);
  for (const std::string& name : good) CHECK(content(*store, name) == name);
  const std::vector<std::string> bad = {
      "", ".", "..", ".hidden", "a/b", "/a", "../a", "a b", "a\n", "ä", std::string("a\0b", 3), std::string(256, 'n')};
  for (const std::string& name : bad) {
    CAPTURE(name);
    CHECK(code_of([&] { put(*store, name, "x"); }) == ErrorCode::invalid_argument);
    CHECK(code_of([&] { store->get(name); }) == ErrorCode::invalid_argument);
    CHECK(code_of([&] { store->remove(name); }) == ErrorCode::invalid_argument);
  }
  CHECK(names(*store) == good);
}

void several_writers_at_once(Place& place) {
  const auto store = place.open();
  const auto first = store->put(0);
  const auto second = store->put(0);
  first->write(bytes_of("fir"));
  second->write(bytes_of("second"));
  first->write(bytes_of("st"));
  first->commit("first", false);
  second->commit("second", false);
  CHECK(content(*store, "first") == "first");
  CHECK(content(*store, "second") == "second");
}

void locking(Place& place) {
  const auto store = place.open();
  put(*store, "a", "1");
  {
    const auto lock = store->lock();
    put(*store, "b", "2");
    store->remove("a");
  }
  const auto again = store->lock();
  CHECK(names(*store) == std::vector<std::string>{"b"});
}

void one_place_many_stores(Place& place) {
  const auto one = place.open();
  const auto two = place.open();
  put(*one, "name", "x");
  CHECK(content(*two, "name") == "x");
  two->remove("name");
  CHECK(one->list().empty());
}

void one_winner(Place& place) {
  constexpr int rounds = 20;
  constexpr int threads = 4;
  for (int round = 0; round < rounds; ++round) {
    const std::string name = "round-" + std::to_string(round);
    std::atomic<int> ready{0};
    std::atomic<int> won{0};
    std::atomic<int> lost{0};
    std::atomic<int> failed{0};
    std::atomic<int> winner{-1};
    std::vector<std::thread> all;
    for (int i = 0; i < threads; ++i) {
      auto store = place.open();
      all.emplace_back([&, i, store = std::move(store)] {
        bool waited = false;
        const auto wait_for_all = [&] {
          waited = true;
          ready.fetch_add(1);
          while (ready.load() < threads) std::this_thread::yield();
        };
        try {
          const auto writer = store->put(0);
          writer->write(bytes_of(noise(10000, static_cast<std::uint32_t>(i))));
          wait_for_all();
          writer->commit(name, false);
          winner = i;
          won.fetch_add(1);
        } catch (const Error& error) {
          if (!waited) wait_for_all();
          (error.code() == ErrorCode::exists ? lost : failed).fetch_add(1);
        }
      });
    }
    for (std::thread& thread : all) thread.join();
    CHECK(won == 1);
    CHECK(lost == threads - 1);
    CHECK(failed == 0);
    if (winner < 0) return;
    const auto store = place.open();
    CHECK(content(*store, name) == noise(10000, static_cast<std::uint32_t>(winner.load())));
  }
}

void old_bytes_or_new(Place& place) {
  const std::string old_text(50000, 'o');
  const std::string new_text(70000, 'n');
  put(*place.open(), "name", old_text);
  std::atomic<bool> done{false};
  std::atomic<int> bad{0};
  auto reading = place.open();
  std::thread reader([&, store = std::move(reading)] {
    while (!done) {
      try {
        const std::string seen = content(*store, "name");
        if (seen != old_text && seen != new_text) bad.fetch_add(1);
        if (names(*store) != std::vector<std::string>{"name"}) bad.fetch_add(1);
      } catch (const Error&) {
        bad.fetch_add(1);
      }
    }
  });
  const auto store = place.open();
  for (int i = 0; i < 100; ++i) put(*store, "name", i % 2 == 0 ? new_text : old_text, true);
  done = true;
  reader.join();
  CHECK(bad == 0);
}

void locks_exclude(Place& place) {
  if (place.open()->lock() == nullptr) {
    put(*place.open(), "first", "x");  // there may be nothing to lock before
    if (place.open()->lock() == nullptr) return;
  }
  constexpr int threads = 4;
  constexpr int rounds = 25;
  std::atomic<int> inside{0};
  std::atomic<int> clashes{0};
  std::atomic<int> failed{0};
  int counter = 0;  // under the lock
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) {
    auto store = place.open();
    all.emplace_back([&, store = std::move(store)] {
      try {
        for (int round = 0; round < rounds; ++round) {
          const auto lock = store->lock();
          if (inside.fetch_add(1) != 0) clashes.fetch_add(1);
          ++counter;
          // Gives the others time to come in, if they can.
          for (int turn = 0; turn < 100; ++turn) std::this_thread::yield();
          inside.fetch_sub(1);
        }
      } catch (const Error&) {
        failed.fetch_add(1);
      }
    });
  }
  for (std::thread& thread : all) thread.join();
  CHECK(failed == 0);
  CHECK(clashes == 0);
  CHECK(counter == threads * rounds);
}

}  // namespace

void check_blob_store(const Subject& subject) {
  struct Check {
    const char* name;
    void (*run)(Place&);
    bool shared = false;
  };
  static constexpr Check checks[] = {
      {"an empty store", empty_store},
      {"what goes in comes out", what_goes_in_comes_out},
      {"small writes", small_writes},
      {"invisible until commit", invisible_until_commit},
      {"replacing", replacing},
      {"removing", removing},
      {"what was opened stays readable", open_blobs_stay},
      {"names", blob_names},
      {"several writers at once", several_writers_at_once},
      {"locking", locking},
      {"several stores on one place", one_place_many_stores, true},
      {"one winner", one_winner, true},
      {"readers see the old bytes or the new ones", old_bytes_or_new, true},
      {"locks exclude each other", locks_exclude, true},
  };
  for (const Check& check : checks) {
    if (check.shared && !subject.shared_places) continue;
    const auto properties = subject.make_place()->open()->properties();
    if (check.run == one_winner && !properties.exclusive_create) continue;
    if (check.run == old_bytes_or_new && !properties.atomic_replace) continue;
    const std::string what = subject.name + ": " + check.name;
    INFO(what);
    const auto place = subject.make_place();
    check.run(*place);
  }
}

}  // namespace conformance
