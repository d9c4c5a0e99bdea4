/**
 * Passwords of twelve characters and more that lists of stolen ones hold most often, in small letters, without spaces
 * and punctuation. Runs of a keyboard's row, of the alphabet or of digits, and repetitions, are refused by rule.
 */
const WORDS = `
  password1234 password12345 password123456 password1234567 password12345678 password123456789 password1234567890
  passwordpassword password123password mypassword12 mypassword123 mypassword1234 thisisapassword newpassword123
  newpassword1 changepassword changeme1234 changeme12345 changemenow1 defaultpassword temporarypassword
  administrator administrator1 administrator123 adminadminadmin admin1234567 admin12345678 admin123456789
  adminpassword rootpassword superpassword passw0rd1234 passw0rd12345 p4ssw0rd1234 p4ssw0rdp4ssw0rd
  qwerty123456 qwerty1234567 qwerty12345678 qwerty123456789 qwertyqwerty qwertyqwerty1 qwertyuiop12 qwertyuiop123
  qwertyuiop1234 qwertyuiop1234567890 1qaz2wsx3edc 1qaz2wsx3edc4rfv qazwsxedcrfv qazwsxedc123 qazwsxedcrfvtgb
  zaq12wsxcde3 zaq1zaq1zaq1 zxcvbnm12345 zxcvbnm123456 zxcvbnmasdfghjkl asdfghjkl123 asdfghjkl1234
  asdfghjklqwertyuiop asdfasdfasdf asdf1234asdf asdf1234qwer qwer1234asdf qwer1234qwer qwerasdfzxcv qwer1234tyui
  1q2w3e4r5t6y 1q2w3e4r5t6y7u 1q2w3e1q2w3e 1q2w3e4r1q2w3e4r q1w2e3r4t5y6 q1w2e3r4t5y6u7 a1b2c3d4e5f6 a1b2c3d4e5f6g7
  abc123abc123 abc123456789 abcd12345678 abcd1234abcd abcdef123456 abcdefg12345 abcdefgh1234 abcdefghijkl1234
  iloveyou1234 iloveyou12345 iloveyou123456 iloveyouiloveyou iloveyouforever iloveyousomuch ilovemyfamily
  ilovejesus123 welcome12345 welcome123456 welcome1234567 welcomewelcome welcometokorea letmein12345 letmein123456
  letmeinletmein trustno1trustno1 monkey123456 dragon123456 sunshine1234 princess1234 football1234 baseball1234
  basketball12 superman1234 batman123456 starwars1234 pokemon12345 computer1234 internet1234 samsung12345
  samsung123456 samsunggalaxy google123456 facebook1234 instagram123 kakaotalk123 naver1234567 korea1234567
  koreakorea12 seoul1234567 daehanminguk daehanminguk1 saranghae123 saranghaeyo1 saranghaeyo12 saranghae1234
  tkfkdgo12345 tkfkdgody123 qlalfqjsgh12 qlalfqjsgh123 qlalfqjsgh1234 dkssudgktpdy dkssudgktpdy1 eogksalsrnr1
  rlatkdgns123 gksrnrwkd123 123456qwerty 1234567qwerty 12345678qwerty 123456789qwerty 1234567890qwerty
  123456789abc 1234567890abc 123456abcdef 1234qwer1234 1234qwerasdf 1234asdf1234 123qweasdzxc 123qwe123qwe
  123123123123 121212121212 112233445566 111222333444 123321123321 135792468013 147258369147 147258369000
  987654321000 987654321abc 0987654321qwerty 000011112222 correcthorsebatterystaple
  plic12345678 plicpassword plicplicplic 비밀번호비밀번호비밀번호 안녕하세요안녕하세요안녕 사랑해사랑해사랑해사랑해`;

export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(WORDS.trim().split(/\s+/));
