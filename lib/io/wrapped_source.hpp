// Sources around other sources.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <jujubackup/io.hpp>

namespace jujubackup {

// One that the caller keeps alive, where ownership is asked for.
std::unique_ptr<Source> borrowed(Source& source);

// One that has been looked at: hands out the first bytes again, also if it can be read only once.
class PeekedSource final : public Source {
 public:
  PeekedSource(std::unique_ptr<Source> source, std::size_t head_bytes);
  // Fewer than were asked for only where there are no more. Until rewind().
  std::span<const std::byte> head() const { return std::span(head_); }

  std::size_t read(std::span<std::byte> into) override;
  void rewind() override;
  std::optional<std::uint64_t> size() const override { return source_->size(); }
  bool random_access() const noexcept override { return source_->random_access(); }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const override { return source_->read_at(offset, into); }
  std::string name() const override { return source_->name(); }

 private:
  std::unique_ptr<Source> source_;
  std::vector<std::byte> head_;
  std::size_t handed_out_ = 0;
  bool ended_ = false;  // the head is all there is
};

// The first bytes of a source with random access; its position stays where it is.
std::vector<std::byte> head_of(const Source& source, std::size_t head_bytes);

}  // namespace jujubackup
