// An age file as text: strict PEM, lines of 64 columns.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <jujubackup/io.hpp>

#include "base/buffer.hpp"
#include "crypto/age/input.hpp"

namespace jujubackup::age {

// Whether a file that begins like this is armored. White space may come first.
bool begins_armored(std::span<const std::byte> prefix) noexcept;
inline constexpr std::size_t max_outer_space_bytes = 1024;  // before, and behind

class ArmorSink final : public Sink {
 public:
  explicit ArmorSink(Sink& sink);  // writes the first line
  void write(std::span<const std::byte> bytes) override;
  void finish();  // what is held back, and the last line

 private:
  void flush();

  Sink& sink_;
  Buffer text_, waiting_;
};

// What the armor in `source` holds. Error(corrupt) for anything that is not exactly as it should be, but line ends of "\r\n".
class ArmorSource final : public Source {
 public:
  // `input` may have read ahead of `source`.
  ArmorSource(Input input, Source& source) : source_(source), input_(std::move(input)) {}
  std::size_t read(std::span<std::byte> into) override;
  void rewind() override;
  std::optional<std::uint64_t> size() const override { return std::nullopt; }
  std::string name() const override { return source_.name(); }

 private:
  enum class Place { before, inside, behind };
  bool next_line();
  bool decode_line();
  void begin();
  void check_end();

  Source& source_;
  Input input_;
  Place place_ = Place::before;
  bool short_line_ = false;  // was read; only the end may follow
  std::string line_;
  std::size_t line_number_ = 0;
  Buffer decoded_;
  std::size_t taken_ = 0;
};

}  // namespace jujubackup::age
