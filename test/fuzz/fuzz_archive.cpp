// Archives of any bytes: whatever an archive holds, it can be listed, read and unpacked or it cannot, and nothing but an Error says so.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <jujubackup/archive.hpp>
#include <jujubackup/error.hpp>

#include "archive_input.hpp"

namespace {

using fuzz::archive_of_input;
using fuzz::require;
using fuzz::Scratch;
using fuzz::works;
using jujubackup::Archive;
using jujubackup::Entry;

constexpr std::size_t max_read_bytes = std::size_t{1} << 20;

// Without random access: read from its first byte to its last, as a pipe is.
class StreamOnly final : public jujubackup::Source {
 public:
  explicit StreamOnly(std::unique_ptr<jujubackup::Source> source) : source_(std::move(source)) {}
  std::size_t read(std::span<std::byte> into) override { return source_->read(into.first(std::min<std::size_t>(into.size(), 4096))); }
  void rewind() override { source_->rewind(); }
  std::optional<std::uint64_t> size() const override { return std::nullopt; }
  std::string name() const override { return source_->name(); }

 private:
  std::unique_ptr<jujubackup::Source> source_;
};

class CountingSink final : public jujubackup::Sink {
 public:
  void write(std::span<const std::byte> bytes) override {
    bytes_ += bytes.size();
    if (bytes_ > max_read_bytes) throw jujubackup::Error(jujubackup::ErrorCode::limit, "enough");
  }
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::uint64_t bytes_ = 0;
};

std::string listing_of(Archive& archive, std::vector<Entry>* entries = nullptr) {
  std::string text;
  archive.for_each(true, [&](const Entry& entry) {
    text += std::to_string(static_cast<int>(entry.type)) + " " + std::to_string(entry.size_bytes) + " " + entry.path + " " +
            entry.link_target + "\n";
    if (entries != nullptr) entries->push_back(entry);
  });
  return text;
}

void run(std::span<const std::byte> bytes) {
  static Scratch scratch;
  const auto source = [bytes] { return jujubackup::source_of_memory(bytes, "input"); };

  std::vector<Entry> entries;
  std::string by_parts;
  std::string in_order;
  const bool listed = works([&] {
    Archive archive = Archive::open(source());
    by_parts = listing_of(archive, &entries);
  });
  const bool streamed = works([&] {
    Archive archive = Archive::open(std::make_unique<StreamOnly>(source()));
    in_order = listing_of(archive);
  });
  // What is whole in order is the same by parts. The reverse need not hold: hopping skips checksums.
  if (streamed) require(listed && by_parts == in_order);

  works([&] { Archive::open(source()).metadata(); });
  works([&] { Archive::open(std::make_unique<StreamOnly>(source())).metadata_with_file_facts(true); });

  const bool unpacked = works([&] { Archive::open(source()).extract(scratch.target()); });
  scratch.check();
  scratch.clear();
  require(!unpacked || streamed);
  works([&] {
    jujubackup::ExtractOptions options;
    options.root_tar = jujubackup::RootTar::keep;
    if (!entries.empty()) options.names = {entries.back().path};
    Archive::open(source()).extract(scratch.target(), options);
  });
  scratch.check();
  scratch.clear();

  for (std::size_t i = 0; i < std::min<std::size_t>(entries.size(), 4); ++i) {
    CountingSink sink;
    const bool whole = works([&] { Archive::open(source()).read_entry(entries[i].path, sink); });
    if (whole && streamed && entries[i].type == jujubackup::EntryType::file && i == 0) require(sink.bytes() == entries[i].size_bytes);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto archive = archive_of_input(std::as_bytes(std::span(data, size)));
  if (!archive.empty()) run(archive);
  return 0;
}
