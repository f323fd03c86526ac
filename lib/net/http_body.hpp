// Reading a body in pieces with Beast's parser. For the two files of HTTP alone.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>

#include <jujubackup/error.hpp>

#include "net/beast_stream.hpp"
#include "net/http.hpp"

namespace jujubackup {

// Pieces of a body, in memory.
inline constexpr std::size_t http_buffer_bytes = std::size_t{256} << 10;
// The most that Beast takes from a stream at once; and no more than its buffer has room for, so that has to be made first.
inline constexpr std::size_t http_read_bytes = std::size_t{64} << 10;

template <bool is_request>
using HttpParser = boost::beast::http::parser<is_request, boost::beast::http::buffer_body>;

template <bool is_request>
void set_limits(HttpParser<is_request>& parser, std::size_t header_bytes) {
  parser.header_limit(static_cast<std::uint32_t>(header_bytes));
  // Bodies are archives of any size. boost::none is no way to say so: up to 1.74 it refuses every Content-Length.
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());
}

template <typename Fields>
HttpFields copy_fields(const Fields& fields) {
  HttpFields copied;
  for (const auto& field : fields) {
    copied.add(std::string(field.name_string().data(), field.name_string().size()),
               std::string(field.value().data(), field.value().size()));
  }
  return copied;
}

// 0 at the end. Error(io) for a body that is cut short, Error(corrupt) for frames that are none.
template <bool is_request>
std::size_t read_http_body(BeastStream& stream, boost::beast::flat_buffer& buffer, HttpParser<is_request>& parser,
                           std::span<std::byte> into) {
  namespace http = boost::beast::http;
  if (into.empty()) return 0;
  auto& body = parser.get().body();
  body.data = into.data();
  body.size = into.size();
  body.more = true;
  while (!parser.is_done() && body.size == into.size()) {
    boost::beast::error_code ec;
    http::read_some(stream, buffer, parser, ec);
    stream.rethrow();
    if (ec == http::error::need_buffer) break;
    if (ec == http::error::partial_message || ec == http::error::end_of_stream) {
      throw Error(ErrorCode::io, stream.stream().peer() + " ended the body before its end", true);
    }
    if (ec) throw Error(ErrorCode::corrupt, stream.stream().peer() + " sent a broken HTTP body: " + ec.message());
  }
  return into.size() - body.size;
}

}  // namespace jujubackup
