#include "crypto/age/header.hpp"

#include <algorithm>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "crypto/age/base64.hpp"

namespace jujubackup::age {
namespace {

constexpr std::string_view stanza_begin = "-> ";
constexpr std::string_view mac_begin = "---";
constexpr std::size_t body_columns = 64;
constexpr std::size_t mac_characters = 43;

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorCode::corrupt, what); }

class Reader {
 public:
  explicit Reader(Input& input) : input_(input) {}

  Header read() {
    read_version();
    for (;;) {
      next_line();
      if (line_.starts_with(mac_begin)) break;
      if (header_.stanzas.size() == max_recipients) {
        throw Error(ErrorCode::limit, "the header has more than " + std::to_string(max_recipients) + " recipients");
      }
      read_stanza();
    }
    if (header_.stanzas.empty()) refuse("the header has no recipient");
    const auto mac = line_.size() == mac_begin.size() + 1 + mac_characters && line_[mac_begin.size()] == ' '
                         ? decode_raw_base64_array<32>(std::string_view(line_).substr(mac_begin.size() + 1))
                         : std::nullopt;
    if (!mac) refuse("the MAC line of the header is malformed");
    header_.mac = *mac;
    return std::move(header_);
  }

 private:
  void read_version() {
    const std::span<const std::byte> begin = input_.peek(version_prefix.size());
    if (!std::ranges::equal(begin, bytes_of(version_prefix))) refuse("this is not an age file");
    next_line();
    if (line_ == version_line) return;
    if (line_.size() > 64 || printable(line_) != line_) refuse("the version line of the header is malformed");
    throw Error(ErrorCode::unsupported, "version " + quoted_name(line_) + " of the age format");
  }

  void next_line() {
    switch (input_.read_line(line_, max_header_bytes - header_.text.size())) {
      case Input::Line::complete: break;
      case Input::Line::too_long: throw Error(ErrorCode::limit, "the header is longer than " + std::to_string(max_header_bytes) + " bytes");
      case Input::Line::unterminated:
      case Input::Line::end: refuse("the header is cut off");
    }
    header_.text += line_;
    header_.text += '\n';
  }

  void read_stanza() {
    const std::string where = "recipient " + std::to_string(header_.stanzas.size() + 1) + " of the header";
    if (!line_.starts_with(stanza_begin)) refuse(where + ": the line is neither a recipient nor the MAC");
    Stanza stanza;
    std::string_view rest = std::string_view(line_).substr(stanza_begin.size());
    for (;;) {
      const std::size_t space = rest.find(' ');
      const std::string_view word = rest.substr(0, space);
      if (word.empty() || !std::ranges::all_of(word, [](char c) { return c > ' ' && c <= '~'; }))
        refuse(where + ": an argument is malformed");
      stanza.arguments.emplace_back(word);
      if (space == std::string_view::npos) break;
      rest.remove_prefix(space + 1);
    }
    do {
      next_line();
      if (line_.size() > body_columns) refuse(where + ": a line of the body is longer than 64 characters");
      const auto bytes = decode_raw_base64(line_);
      if (!bytes) refuse(where + ": the body is not canonical base64, or does not end in a short line");
      stanza.body.insert(stanza.body.end(), bytes->begin(), bytes->end());
    } while (line_.size() == body_columns);
    header_.stanzas.push_back(std::move(stanza));
  }

  Input& input_;
  Header header_;
  std::string line_;
};

}  // namespace

std::string_view Header::authenticated_text() const {
  return std::string_view(text).substr(0, text.size() - mac_characters - 2);  // a space before it, a line end behind
}

Key32 header_mac(const Secret& file_key, std::string_view authenticated_text) {
  const Secret key = hkdf_sha256(file_key.bytes(), {}, "header");
  return hmac_sha256(key.bytes(), bytes_of(authenticated_text));
}

std::string write_header(const std::vector<Stanza>& stanzas, const Secret& file_key) {
  std::string text(version_line);
  text += '\n';
  for (const Stanza& stanza : stanzas) {
    text += "->";
    for (const std::string& argument : stanza.arguments) text += ' ' + argument;
    text += '\n';
    const std::string body = to_raw_base64(stanza.body);
    // A body that fills its last line is followed by an empty one.
    for (std::size_t at = 0; at <= body.size(); at += body_columns) text += body.substr(at, body_columns) + '\n';
  }
  text += mac_begin;
  const Key32 mac = header_mac(file_key, text);
  return text + ' ' + to_raw_base64(mac) + '\n';
}

Header read_header(Input& input) { return Reader(input).read(); }

}  // namespace jujubackup::age
