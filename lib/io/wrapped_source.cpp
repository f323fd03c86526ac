#include "io/wrapped_source.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace jujubackup {
namespace {

class BorrowedSource final : public Source {
 public:
  explicit BorrowedSource(Source& source) : source_(source) {}
  std::size_t read(std::span<std::byte> into) override { return source_.read(into); }
  void rewind() override { source_.rewind(); }
  std::optional<std::uint64_t> size() const override { return source_.size(); }
  bool random_access() const noexcept override { return source_.random_access(); }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const override { return source_.read_at(offset, into); }
  std::string name() const override { return source_.name(); }

 private:
  Source& source_;
};

}  // namespace

std::unique_ptr<Source> borrowed(Source& source) { return std::make_unique<BorrowedSource>(source); }

PeekedSource::PeekedSource(std::unique_ptr<Source> source, std::size_t head_bytes) : source_(std::move(source)), head_(head_bytes) {
  std::size_t done = 0;
  while (done < head_.size() && !ended_) {
    const std::size_t got = source_->read(std::span(head_).subspan(done));
    ended_ = got == 0;
    done += got;
  }
  head_.resize(done);
}

std::size_t PeekedSource::read(std::span<std::byte> into) {
  const std::size_t left = head_.size() - handed_out_;
  if (left == 0 || into.empty()) return ended_ ? 0 : source_->read(into);
  const std::size_t count = std::min(left, into.size());
  std::memcpy(into.data(), head_.data() + handed_out_, count);
  handed_out_ += count;
  return count;
}

void PeekedSource::rewind() {
  source_->rewind();
  head_.clear();
  handed_out_ = 0;
  ended_ = false;
}

std::vector<std::byte> head_of(const Source& source, std::size_t head_bytes) {
  std::vector<std::byte> head(head_bytes);
  std::size_t done = 0;
  while (done < head.size()) {
    const std::size_t got = source.read_at(done, std::span(head).subspan(done));
    if (got == 0) break;
    done += got;
  }
  head.resize(done);
  return head;
}

}  // namespace jujubackup
