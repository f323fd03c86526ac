// Archives of any bytes: whatever an archive holds, it can be listed, read and unpacked or it cannot, and nothing but an Error says so.
//
// An input that begins as gzip is a whole .tar.gz. Otherwise its first byte says how the rest, a raw tar, is wrapped: even as one gzip
// member, odd as members of ours. So the fuzzer need not guess checksums to reach the tar.
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <jujubackup/archive.hpp>
#include <jujubackup/error.hpp>

#include "archive/gzip_member.hpp"
#include "crypto/digest.hpp"

namespace {

namespace fs = std::filesystem;
using jujubackup::Archive;
using jujubackup::Entry;

constexpr std::size_t max_input_bytes = std::size_t{256} * 1024;
constexpr std::size_t max_read_bytes = std::size_t{1} << 20;

void require(bool good) {
  if (!good) std::abort();
}

// A private directory: target/ is unpacked into, canary must stay as it is and alone beside it.
class Scratch {
 public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "jujubackup-fuzz-XXXXXX").string();
    require(::mkdtemp(name.data()) != nullptr);
    path_ = name;
    std::ofstream(path_ / "canary") << "sings";
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    clear();
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  std::string target() const { return path_ / "target"; }

  void clear() {
    open_up(target());
    fs::remove_all(target());
  }

  void check() const {
    for (const auto& entry : fs::directory_iterator(path_)) {
      const std::string name = entry.path().filename();
      require(name == "target" || name == "canary");
    }
    std::ifstream canary(path_ / "canary");
    require(std::string(std::istreambuf_iterator<char>(canary), {}) == "sings");
  }

 private:
  // Directories may have come out without any permission.
  static void open_up(const fs::path& directory) {
    if (fs::symlink_status(directory).type() != fs::file_type::directory) return;
    fs::permissions(directory, fs::perms::owner_all);
    for (const auto& entry : fs::directory_iterator(directory)) open_up(entry.path());
  }

  fs::path path_;
};

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

std::vector<std::byte> wrapped_foreign(std::span<const std::byte> tar) {
  z_stream z{};
  require(deflateInit2(&z, 0, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::vector<std::byte> out(deflateBound(&z, tar.size()) + 64);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(tar.data()));
  z.avail_in = static_cast<uInt>(tar.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  require(deflate(&z, Z_FINISH) == Z_STREAM_END);
  out.resize(out.size() - z.avail_out);
  deflateEnd(&z);
  return out;
}

std::vector<std::byte> wrapped_own(std::span<const std::byte> tar, std::size_t step) {
  std::vector<std::byte> out;
  for (std::size_t at = 0; at < tar.size(); at += step) {
    jujubackup::gzip::append_member(out, tar.subspan(at, std::min(step, tar.size() - at)), 1);
  }
  jujubackup::gzip::append_seal(out, {out.size(), tar.size(), jujubackup::sha256(out)});
  return out;
}

template <typename F>
bool works(F&& f) {
  try {
    f();
    return true;
  } catch (const jujubackup::Error&) {
    return false;
  }
}

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
  if (size == 0 || size > max_input_bytes) return 0;
  const auto bytes = std::as_bytes(std::span(data, size));
  if (data[0] == 0x1f) {
    run(bytes);
  } else if (data[0] % 2 == 0) {
    run(wrapped_foreign(bytes.subspan(1)));
  } else {
    run(wrapped_own(bytes.subspan(1), std::size_t{64} + data[0] * std::size_t{16}));
  }
  return 0;
}
