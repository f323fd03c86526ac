// An encrypted file is verified from outside in: its digests and form, and what it holds, in one pass.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <jujubackup/encryption.hpp>
#include <jujubackup/error.hpp>

#include "archive/findings.hpp"
#include "archive/verify_archive.hpp"
#include "base/buffer.hpp"
#include "crypto/decrypted.hpp"
#include "crypto/side_digests.hpp"
#include "io/wrapped_source.hpp"

namespace jujubackup {
namespace {

// The encrypted file as it is read: each byte once, into digests and progress. As long as the header is looked at, it can be read again.
class OuterSource final : public Source {
 public:
  OuterSource(Source& source, Job* job) : source_(source), digests_(job_threads(job)), job_(job) {}

  std::size_t read(std::span<std::byte> into) override {
    if (into.empty()) return 0;
    if (again_ < kept_.size()) {
      const std::size_t count = std::min(into.size(), kept_.size() - again_);
      std::copy_n(kept_.begin() + static_cast<std::ptrdiff_t>(again_), count, into.begin());
      again_ += count;
      return count;
    }
    const std::size_t got = read_on(into);
    if (keeps_) {
      kept_.insert(kept_.end(), into.begin(), into.begin() + static_cast<std::ptrdiff_t>(got));
      again_ = kept_.size();
    }
    return got;
  }
  void rewind() override {
    if (!keeps_) throw Error(ErrorCode::unsupported, name() + ": cannot be read a second time");
    again_ = 0;
  }
  std::optional<std::uint64_t> size() const override { return source_.size(); }
  std::string name() const override { return source_.name(); }

  void keep_no_more() { keeps_ = false; }
  // Whether an error came from below.
  bool failed() const noexcept { return failed_; }
  FileDigests finish() {
    Buffer buffer(std::size_t{256} << 10);
    while (read_on(buffer) > 0) {
    }
    return digests_.finish();
  }

 private:
  std::size_t read_on(std::span<std::byte> into) {
    if (ended_) return 0;
    failed_ = true;
    const std::size_t got = source_.read(into);
    job_advance(job_, got);
    failed_ = false;
    ended_ = got == 0;
    digests_.update(into.first(got));
    return got;
  }

  Source& source_;
  SideDigests digests_;
  Job* job_;
  Buffer kept_;
  std::size_t again_ = 0;
  bool keeps_ = true, ended_ = false, failed_ = false;
};

// What a file can be to blame for; the rest is for the caller.
bool of_the_file(const Error& error) {
  return error.code() == ErrorCode::corrupt || error.code() == ErrorCode::unsupported || error.code() == ErrorCode::limit;
}

class EncryptedCheck {
 public:
  EncryptedCheck(Source& source, const Identities* identities, const VerifyOptions& options, Job* job)
      : source_(source), identities_(identities), options_(options), job_(job), findings_(outer_findings_) {
    inside_options_.depth = options.depth;
    if (job != nullptr) silent_.set_threads(job->threads());
  }

  VerifyReport run() {
    job_begin(job_, Phase::verifying, source_.size().value_or(0));
    if (!sparse()) streamed();
    report_.depth = options_.depth;
    report_.encrypted = true;
    compare_with_record(report_, options_, findings_);
    // Those of the inside may be cut where there are many of them.
    report_.findings.insert(report_.findings.begin(), outer_findings_.begin(), outer_findings_.end());
    return std::move(report_);
  }

 private:
  // Where not every byte has to be read. False: the source is at its first byte again.
  bool sparse() {
    if (options_.depth != Depth::quick || !source_.random_access() || !source_.size() || identities_ == nullptr) return false;
    try {
      const auto content = decrypting_source(borrowed(source_), *identities_);
      if (!content->random_access()) {
        source_.rewind();
        return false;
      }
      report_ = verify_archive(*content, inside_options_, &silent_);
    } catch (const Error& error) {
      if (!of_the_file(error) && error.code() != ErrorCode::permission) throw;
      source_.rewind();
      return false;
    }
    report_.opened = true;
    report_.size_bytes = *source_.size();
    report_.sha1_base64.clear();
    report_.sha256_hex.clear();
    job_advance(job_, report_.size_bytes);
    return true;
  }

  void streamed() {
    OuterSource outer(source_, job_);
    try {
      if (const auto content = open(outer)) {
        outer.keep_no_more();
        report_.opened = true;
        report_ = verify_archive(*content, inside_options_, &silent_);
        report_.opened = true;
      } else {
        look_at_form(outer);
      }
    } catch (const Error& error) {
      if (outer.failed() || !of_the_file(error)) throw;
      findings_.add("encrypted-damaged", "", error.message());
    }
    const FileDigests file = outer.finish();
    report_.size_bytes = file.size_bytes;
    report_.sha1_base64 = file.sha1_base64;
    report_.sha256_hex = file.sha256_hex;
  }

  // Null, and the reason in why_not_, if no identity fits.
  std::unique_ptr<Source> open(OuterSource& outer) {
    if (identities_ == nullptr || identities_->empty()) {
      why_not_ = "it is encrypted, and there was no identity to open it with";
      return nullptr;
    }
    try {
      return decrypting_source(borrowed(outer), *identities_);
    } catch (const Error& error) {
      // A later form of age, or a passphrase that takes too long: what can be seen from outside may be good.
      const bool good_for_others =
          error.code() == ErrorCode::permission || error.code() == ErrorCode::limit || error.code() == ErrorCode::unsupported;
      if (outer.failed() || !good_for_others) throw;
      why_not_ = error.message();
      return nullptr;
    }
  }

  void look_at_form(OuterSource& outer) {
    outer.rewind();
    outer.keep_no_more();
    inspect_encrypted(outer);
    findings_.add("encrypted-not-opened", "", why_not_);
  }

  Source& source_;
  const Identities* identities_;
  const VerifyOptions& options_;
  VerifyOptions inside_options_;
  Job* job_;
  Job silent_;  // the progress is that of the encrypted file, and it is there that the job is asked whether to go on
  VerifyReport report_;
  std::string why_not_;
  std::vector<Finding> outer_findings_;
  Findings findings_;
};

}  // namespace

VerifyReport verify_file(Source& source, const Identities* identities, const VerifyOptions& options, Job* job) {
  if (source.random_access()) {
    if (is_encrypted(head_of(source, encrypted_head_bytes))) return EncryptedCheck(source, identities, options, job).run();
    return verify_archive(source, options, job);
  }
  PeekedSource peeked(borrowed(source), encrypted_head_bytes);
  if (is_encrypted(peeked.head())) return EncryptedCheck(peeked, identities, options, job).run();
  return verify_archive(peeked, options, job);
}

}  // namespace jujubackup
