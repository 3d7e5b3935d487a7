*** Comments ***
Run by Renode's own runner: `renode-test tests/renode/smoke.robot`, after `make firmware renode-files`. The image boots
from the chip's boot ROM and answers a request: to a host that has not introduced itself, with a refusal. The request's
bytes are the host library's: frame.Writer(crc32).frame(messages.STATUS, 1, 7, b"").

*** Variables ***
@{STATUS}                   0x00  0x04  0x02  0x01  0x07  0x05  0x67  0xeb  0xce  0xc5  0x00
# a code byte of COBS, then the kind (a refusal), the sequence number, and the session's low byte
${REFUSAL}                  047f0107

*** Test Cases ***
The Image Boots And Answers
    Execute Command         include @${CURDIR}/../../hw/renode/thetabox.resc
    Execute Command         sysbus LoadBinary @${CURDIR}/../../build/renode/bootrom.bin 0x0
    Execute Command         sysbus LoadBinary @${CURDIR}/../../build/renode/flash.bin 0x10000000
    Execute Command         cpu VectorTableOffset 0x0
    Create Terminal Tester  sysbus.uart0  binaryMode=true
    Execute Command         emulation RunFor "0.7"
    FOR  ${byte}  IN  @{STATUS}
        Execute Command     sysbus.uart0 WriteChar ${byte}
    END
    Wait For Bytes On Uart  ${REFUSAL}  timeout=0.1
