#include "archive/block.hpp"

#include <string>

#include "archive/gzip_member.hpp"
#include "test_support.hpp"

TEST_CASE("block: a member that does not hold its content is told from one that does") {
  const jujubackup::Plan plan;
  jujubackup::BlockProducer producer(plan, jujubackup::Level::standard);
  std::string text;
  for (int i = 0; i < 400; ++i) text += "unit " + std::to_string(i * i) + "; ";
  const auto content = test::bytes_of(text);
  jujubackup::Buffer member;
  producer.compress(content, member);
  CHECK(producer.holds(member, content));
  const std::size_t trailer = member.size() - 8;
  std::size_t unnoticed = 0;
  for (std::size_t at = jujubackup::gzip::member_header_bytes; at < trailer; ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      jujubackup::Buffer bad = member;
      bad[at] ^= static_cast<std::byte>(1U << bit);
      unnoticed += producer.holds(bad, content) ? 1 : 0;
    }
  }
  // Only the bits behind the end of the last deflate block mean nothing.
  CHECK(unnoticed < 8);
  text[100] ^= 1;
  CHECK_FALSE(producer.holds(member, test::bytes_of(text)));
}
