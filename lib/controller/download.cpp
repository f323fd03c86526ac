// Controller::download: an archive as it comes from the controller.
#include <algorithm>
#include <cstring>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <jujubackup/error.hpp>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "controller/http_error.hpp"
#include "controller/transfer.hpp"
#include "controller/transfer_connection.hpp"
#include "crypto/digest.hpp"

namespace jujubackup {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 18;
// The last bytes are held back until it is known that they are the archive's: an error that the server wrote behind a broken one may be
// among them.
constexpr std::size_t tail_bytes = 8192;

// A path on the controller's disk, which it deletes when it is asked for, instead of the ID of a kept backup.
bool is_path(const std::string& download_id) { return download_id.starts_with('/'); }

bool says_missing_file(const Error& error) {
  return error.code() == ErrorCode::not_found || error.message().find("no such file or directory") != std::string::npos;
}

// The header reads "SHA-256=<base64>", but what is in the base64 is the text of the checksum, itself base64 of a SHA-1; so in all releases.
// Nothing if it is anything else.
std::optional<std::string> announced_checksum(const HttpFields& fields) {
  const std::string* header = fields.find("Digest");
  if (header == nullptr) return std::nullopt;
  const std::size_t equals = header->find('=');
  if (equals == std::string::npos) return std::nullopt;
  const auto bytes = from_base64(std::string_view(*header).substr(equals + 1));
  if (!bytes) return std::nullopt;
  std::string text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  const auto sha1 = from_base64(text);
  constexpr std::size_t sha1_bytes = 20;
  if (!sha1 || sha1->size() != sha1_bytes) return std::nullopt;
  return text;
}

class DownloadSource final : public Source {
 public:
  DownloadSource(TransferTarget target, std::string download_id, const Metadata* expected, Job* job)
      : target_(std::move(target)), download_id_(std::move(download_id)), job_(job) {
    if (expected == nullptr) return;
    if (expected->size_bytes > 0) size_bytes_ = static_cast<std::uint64_t>(expected->size_bytes);
    checksum_ = expected->checksum;
    machine_ = expected->machine;
  }

  std::size_t read(std::span<std::byte> into) override {
    if (failure_) std::rethrow_exception(failure_);
    if (into.empty()) return 0;
    try {
      return read_once(into);
    } catch (Error& error) {
      error.add_context("downloading " + name());
      failure_ = std::current_exception();
    } catch (...) {
      failure_ = std::current_exception();
    }
    connection_ = {};
    std::rethrow_exception(failure_);
  }
  void rewind() override {
    if (begun_) throw Error(ErrorCode::unsupported, name() + ": cannot be read a second time");
  }
  std::optional<std::uint64_t> size() const override { return size_bytes_; }
  std::string name() const override {
    const std::string from = target_.dial.endpoints.empty() ? "" : " from " + target_.dial.endpoints.front().to_string();
    return quoted_name(download_id_) + from;
  }

 private:
  std::size_t read_once(std::span<std::byte> into) {
    job_check(job_);
    if (!begun_) begin();
    while (!at_end_ && end_ - begin_ <= tail_bytes) receive();
    const std::size_t ready = end_ - begin_ - (at_end_ ? 0 : tail_bytes);
    const std::size_t count = std::min(into.size(), ready);
    if (count > 0) std::memcpy(into.data(), buffer_.data() + begin_, count);
    begin_ += count;
    return count;
  }

  void begin() {
    begun_ = true;
    connection_ = connect_transfer(target_, job_);
    const std::string body = write_json(Value::Object{{"id", download_id_}});
    const auto body_source = source_of_memory(std::as_bytes(std::span(body)), "the request");
    const HttpResponse response = connection_.client->exchange(transfer_request(target_, "GET", "application/json"), body_source.get());
    if (response.status != 200) throw refusal(read_http_error(*connection_.client, response));
    const auto announced = announced_checksum(response.fields);
    if (announced && !checksum_.empty() && *announced != checksum_) {
      throw Error(ErrorCode::corrupt, "the controller is about to send an archive with SHA-1 " + *announced + ", where its record says " +
                                          quoted_name(checksum_));
    }
    // Without either, the end of the body is the end of the connection, however it came about.
    has_end_ = response.fields.find("Transfer-Encoding") != nullptr || response.fields.find("Content-Length") != nullptr;
    buffer_.resize(buffer_bytes);
  }

  // HTTP errors of a one-shot download leave open why there is nothing.
  Error refusal(Error error) const {
    if (!is_path(download_id_) || !says_missing_file(error)) return error;
    std::string text = error.message() + "; it was downloaded already, which deletes it, or it lies on another controller machine: ";
    if (!machine_.empty()) text += "machine " + quoted_name(machine_) + " made it, ";
    text += "this connection reached " + connection_.endpoint;
    return {ErrorCode::not_found, text};
  }

  void receive() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    const std::span<std::byte> room = std::span(buffer_).subspan(end_);
    const std::size_t got = connection_.client->read_body(room);
    if (got == 0) {
      check_end();
      at_end_ = true;
      connection_ = {};
      return;
    }
    sha1_.update(room.first(got));
    end_ += got;
    received_bytes_ += got;
    if (size_bytes_ && received_bytes_ > *size_bytes_ + tail_bytes) throw wrong_size();
  }

  void check_end() {
    const bool right_size = !size_bytes_ || received_bytes_ == *size_bytes_;
    const bool right_sum = checksum_.empty() || to_base64(sha1_.current()) == checksum_;
    if (right_size && right_sum && size_bytes_ && !checksum_.empty()) return;
    const std::string_view tail(reinterpret_cast<const char*>(buffer_.data()), end_);
    if (!right_size || !right_sum || !size_bytes_) {
      const auto appended = find_appended_error(tail.substr(tail.size() - std::min(tail.size(), tail_bytes)));
      if (appended) {
        constexpr std::size_t longest_shown = 1000;
        throw Error(ErrorCode::corrupt,
                    "the controller broke off in the archive: " + printable(appended->error.message.substr(0, longest_shown)));
      }
    }
    if (!right_size) throw wrong_size();
    if (!right_sum) throw Error(ErrorCode::corrupt, "the bytes that came are not those that were recorded (SHA-1)");
    if (!size_bytes_ && !has_end_)
      throw Error(ErrorCode::io, "the connection ended, and the answer does not say whether all had come", true);
  }

  Error wrong_size() const {
    if (received_bytes_ > *size_bytes_) {
      return {ErrorCode::corrupt, "more bytes came than the " + std::to_string(*size_bytes_) + " of the archive"};
    }
    return {ErrorCode::corrupt,
            "the answer ended after " + std::to_string(received_bytes_) + " of " + std::to_string(*size_bytes_) + " bytes", true};
  }

  TransferTarget target_;
  std::string download_id_;
  Job* job_;
  std::optional<std::uint64_t> size_bytes_;
  std::string checksum_, machine_;

  TransferConnection connection_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0, end_ = 0;  // what of the buffer was received and not handed out
  std::uint64_t received_bytes_ = 0;
  Digest sha1_{Digest::Kind::sha1};
  bool begun_ = false, has_end_ = false, at_end_ = false;
  std::exception_ptr failure_;
};

}  // namespace

std::unique_ptr<Source> open_download(TransferTarget target, std::string download_id, const Metadata* expected, Job* job) {
  return std::make_unique<DownloadSource>(std::move(target), std::move(download_id), expected, job);
}

}  // namespace jujubackup
